"""Data pipelines, dashboards and machine learning."""

from __future__ import annotations

from echo_analytics.demo.words import Topic, lines, scenes

ANALYTICS = Topic(
    name="analytics",
    category="data",
    weight=11,
    scenes=scenes("""
nightly import | import time | minutes
- loaded the same file twice; stopped at a stray quote; skipped an hour when the clocks changed
+ making every load idempotent; writing bad rows to a rejects file; storing instants in UTC
sales dashboard | loading time | seconds
- showed two different totals; froze on the last day of the month; lost its only reader
+ deleting charts without an owner; agreeing on one definition; marking the unfinished day
event stream | processing lag | seconds
- arrived out of order; lost a partition during an upgrade; doubled without a warning
+ waiting for late events; keeping the raw events; signing a contract with the producers
data warehouse | monthly bill | euros
- cost more than the product; mixed three time zones; rebuilt itself from scratch every night
+ loading changes only; storing columns as Parquet; giving every team a budget
weekly report | preparation time | hours
- went out with last week's numbers; landed in the spam folder; contradicted the finance team
+ checking totals before sending; adding a source to every number; sending one chart instead of ten
retention chart | questions per month |
- fell to zero for the newest cohort; counted bots as people; improved with every filter
+ hiding incomplete periods; writing down what active means; comparing cohorts by sign-up week
shared notebook | run time | minutes
- ran only on one laptop; depended on the order of its cells; kept a password in its output
+ running notebooks in CI; moving functions into a package; pinning the environment
sign-up funnel | lost events per day |
- lost a third of the people in one step; mixed visits with visitors; broke after a refactoring
+ logging events on the server; testing the tracking plan; replaying single sessions
pricing experiment | time to a decision | days
- ended after three lucky days; showed families two prices; measured clicks instead of sales
+ fixing the sample size in advance; waiting for two full weeks; choosing one metric up front
customer export | export time | minutes
- took an hour and then failed; contained addresses nobody asked for; mangled every accent
+ streaming rows in batches; leaving out personal data; offering Parquet beside CSV
"""),
    facts=lines(r"""
Two people computed the same number in {n} ways, and both were right by their own definition.
The median told a calmer story than the average did.
A chart without a zero line started a meeting that lasted until {weekday}.
The raw data sits in Parquet files now, and a laptop reads all of it in seconds.
Pandas was fine for this, and Polars was fine as well, only faster.
The office in {city} closes its books a day earlier, which moved the whole month.
Somebody had sorted the spreadsheet by one column only.
Days without events were missing from the result, so the line simply jumped over them.
We wrote the definition next to the chart, and the questions stopped.
Project {project} taught us to keep the raw file next to whatever was computed from it.
There were {n} percent fewer rows after removing duplicates, and nobody had noticed.
The database was never the bottleneck, the export through a spreadsheet was.
Seasonality explains most of it, and the school holidays explain the rest.
It is a dull fix, but the totals add up now.
"""),
)

LEARNING = Topic(
    name="machine learning",
    category="data",
    weight=8,
    scenes=scenes("""
recommendation model | training time | hours
- suggested what people had just bought; aged badly after the holidays; favoured old bestsellers
+ logging what was shown; retraining every week; comparing with a popularity baseline
training set | label errors per thousand |
- contained the test questions; used one label for three ideas; forgot everyone outside Europe
+ reading a hundred rows by hand; splitting by time; labelling every row twice
demand forecast | forecast error | %
- missed every public holiday; looked confident and was wrong; drifted after a price change
+ adding a calendar of holidays; showing a range instead of a line; beating last year's value
feature store | lookup latency | ms
- served yesterday's values; disagreed with the training code; grew forty unused columns
+ computing features in one place; dropping unused features; checking freshness before serving
embedding index | search latency | ms
- returned near duplicates; forgot exact names; needed more memory than the database
+ combining keyword and vector search; storing smaller vectors; reranking the first fifty hits
evaluation set | evaluation time | minutes
- flattered every model; leaked into the prompts; changed between two runs
+ freezing the examples; measuring nDCG on real queries; adding the failures of last week
support assistant | wrong answers per week |
- invented a refund policy; answered in the wrong language; apologised for everything
+ quoting a source in each answer; handing over to a person early; limiting the scope to the manual
anomaly detector | false alarms per week |
- raised an alarm every morning; slept through the outage; flagged our own newsletter
+ modelling the weekly rhythm; replacing the mean with the median; excluding unfinished days
image classifier | inference time | ms
- learned the watermark; confused snow with sand; worked only in daylight
+ augmenting the rare classes; looking at the worst mistakes; collecting photos in winter
training run | cost per run | euros
- stopped at ninety-nine percent; resisted every attempt to repeat it; used one of eight GPUs
+ saving a checkpoint every hour; writing down every seed; profiling the data loader
"""),
    facts=lines(r"""
The baseline was a single line of SQL, and it was embarrassingly hard to beat.
Most of the gain came from cleaning {n} hundred labels by hand.
Accuracy hides a lot when one class makes up nine tenths of the data.
The loss curve looked perfect, which should have made us suspicious.
Nobody could say which snapshot of the data the old model was trained on.
Our colleagues in {city} tried a larger network and got the same score.
A gradient does not care about your deadline.
We printed the {n} worst predictions and hung them on the wall.
The model from project {project} still runs, mostly because nobody dares to touch it.
Features from the future slipped in through a careless join.
Precision went up and recall went down, so it depends on who you ask.
The GPU was idle for more than half of the time, waiting for the disk.
Calibration matters more to our users than one more point of accuracy.
A short tokenizer bug explained a whole week of strange results.
"""),
)
