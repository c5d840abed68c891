"""Databases, keeping services up, and interfaces."""

from __future__ import annotations

from echo_analytics.demo.words import Topic, lines, scenes

DATABASE = Topic(
    name="databases",
    category="tech",
    weight=14,
    scenes=scenes("""
orders table | query latency | ms
- grew past the memory of the server; slowed down every report; held more dead rows than live ones
+ partitioning the table by month; adding a covering index; tuning autovacuum for busy tables
schema migration | migration time | minutes
- locked the orders table; failed halfway through; blocked every write at noon
+ splitting the migration into small steps; setting a lock timeout; building the index concurrently
connection pool | waiting time | ms
- ran out of connections at noon; kept dead connections for hours; hid a slow query for weeks
+ lowering the pool size; putting a pooler in front of Postgres; closing idle transactions early
read replica | replication lag | seconds
- fell an hour behind; returned yesterday's numbers; cancelled the longest report every night
+ moving reports to a second replica; alerting on replication lag; reading from the primary
search index | search latency | ms
- missed half of the plurals; outgrew the table itself; made every insert slow
+ storing the search vector in a column; matching trigrams for typos; adding a GIN index
foreign key | delete time | seconds
- turned a small delete into a full scan; rejected rows from the old import; slowed down every load
+ indexing the referencing column; validating the constraint later; deleting in small batches
query plan | query time | ms
- changed overnight after an analyze; chose a nested loop over a hash join; ignored the new index
+ raising the statistics target; turning the join into an exists clause; reading explain output
partial index | index size | GB
- was never used by the planner; helped one query and hurt another; stopped matching after a rename
+ matching the predicate exactly; dropping unused indexes; measuring with realistic data
JSON column | storage size | GB
- swallowed every new field; hid a typo for a year; made simple questions hard to answer
+ moving common keys into real columns; checking documents before saving; indexing one expression
materialized view | refresh time | minutes
- showed stale totals after every load; took longer to refresh than to query; blocked its readers
+ refreshing concurrently; keeping a summary table up to date; asking who reads the numbers at all
"""),
    facts=lines(r"""
Most of the time went into one sequential scan that nobody had looked at.
A backup from the night before made it easy to try the change on a copy first.
Postgres told us the answer all along, we just never ran explain with buffers on.
The table has {n} million rows, so anything that rewrites it needs a plan.
Vacuum had not finished on that table since {weekday}, which explains the bloat.
We keep the old index for a week after a change, because dropping it is the easy part.
The database in {city} is smaller, and it showed the same latency at a tenth of the load.
An index is cheap to add and surprisingly hard to remove once people rely on it.
Every migration now carries a lock timeout, and it has saved us {n} times already.
The planner is usually right, and when it is wrong the statistics are stale.
On project {project} we had the opposite problem, with far too many small indexes.
Autocommit matters here, since an open transaction keeps every dead row alive.
I would rather have one boring SQL query than {n} clever ones.
Checksums found a damaged page once, and since then nobody asks what they cost.
"""),
)

RELIABILITY = Topic(
    name="reliability",
    category="tech",
    weight=11,
    scenes=scenes("""
nightly backup | backup time | minutes
- ran into the morning traffic; filled the disk in one night; stopped halfway without any error
+ compressing the dump on the fly; moving the archive to object storage; checking the exit code
restore test | restore time | minutes
- failed on the first table; took four times longer than planned; found an empty bucket
+ rehearsing the restore every month; writing a runbook; restoring into a throw-away server
on-call rotation | alerts per week |
- woke the same person three nights in a row; burned out two engineers; wore everybody out
+ deleting alerts without an action; sharing nights across two teams; paying for nights on call
status page | time to the first update | minutes
- stayed green during the outage; went down together with the service; confused our customers
+ hosting the status page elsewhere; writing updates in plain language; naming one author per outage
canary release | failed deploys per month |
- reached every customer at once; looked healthy until the traffic doubled; rolled back silently
+ shipping smaller changes; automating the rollback; watching one error rate per release
message queue | queue latency | seconds
- kept growing after the fix; delivered the same event twice; lost its order during a restart
+ making consumers idempotent; giving slow jobs their own queue; dropping abandoned work
cache layer | tail latency | ms
- hid a broken query for months; expired everything at midnight; returned another customer's page
+ spreading the expiry times; removing a cache altogether; warming the cache before a release
log pipeline | daily log volume | GB
- cost more than the servers; dropped the one line we needed; filled up during an incident
+ sampling boring requests; logging one wide event per request; keeping debug logs for a day
container image | start-up time | seconds
- grew to two gigabytes; differed from host to host; restarted in a loop after the upgrade
+ pinning every version; building from a smaller base; setting honest memory limits
load test | peak latency | ms
- passed and proved nothing; melted the staging cluster; measured only the cache
+ replaying real traffic; testing at twice the peak; looking for the first bottleneck
"""),
    facts=lines(r"""
The incident review took an hour, and nobody was blamed, which helped a lot.
A backup that was never restored is only a hope, as somebody in {city} likes to say.
Latency was fine on average, and terrible for one request in a hundred.
Our runbook had {n} steps, and the third one was wrong.
The alert fired {n} minutes before the first customer noticed.
We lost no data, but we lost a good part of a {weekday}.
The postmortem for project {project} reads almost exactly the same.
Disk space is still the most common reason for an outage around here.
Nobody wants to fail over at three in the morning for the first time.
We now keep backups in two regions, and one of them is not with our usual provider.
Timeouts were set in {n} places, and no two of them agreed.
The graph looks like a staircase, which is always a bad sign.
One retry is polite, and {n} retries are an attack on your own service.
The kernel killed the process quietly, so the logs simply end there.
"""),
)

INTERFACES = Topic(
    name="interfaces",
    category="tech",
    weight=9,
    scenes=scenes("""
public endpoint | response time | ms
- returned ten thousand rows by default; broke older clients silently; answered errors with a 200
+ paginating with a cursor; versioning by date; returning typed errors
webhook | failed deliveries per day |
- arrived before the commit; repeated itself for three days; flooded a small partner
+ signing every payload; sending events from an outbox; letting receivers ask for a replay
rate limit | rejected requests per hour |
- blocked our largest customer; counted health checks; reset at the same second for everyone
+ telling clients when to retry; limiting by cost instead of count; switching to a token bucket
access token | login errors per day |
- never expired; ended up in a public log; survived a password change
+ rotating secrets every month; shortening token lifetimes; scanning commits for secrets
login page | sign-in time | seconds
- locked out half of the sales team; accepted an old password; revealed which addresses exist
+ adding passkeys; slowing down failed attempts; asking for a second factor on new devices
background job | run time | minutes
- ran twice in one night; swallowed every exception; held a lock until the morning
+ giving each job a deadline; storing progress in small steps; retrying after a random delay
client library | support questions per week |
- hid useful error messages; needed a release for every field; repeated unsafe requests
+ generating the client from the schema; adding an idempotency key; running the examples in CI
dependency update | time to patch | days
- broke the build twice; changed a quiet default; pulled in a library with a known hole
+ updating one package at a time; reading the changelog first; pinning versions in a lock file
permission check | audit findings |
- trusted an id from the browser; spread into thirty handlers; let interns delete invoices
+ moving the rules into one module; denying by default; testing every role against every route
search endpoint | response time | ms
- timed out on common words; matched everything with an underscore; skipped rows between two pages
+ escaping wildcards; ordering by a unique key; replacing the offset with a keyset
"""),
    facts=lines(r"""
An error message is part of the interface, and people do read it.
The contract was written down in {n} places, and the code was the fourth opinion.
Our largest consumer sits in {city} and upgrades once a year.
Every field we add is a field that we have to keep.
The penetration test found {n} issues, and this was the only embarrassing one.
Idempotency keys cost us one extra table with an index, and saved us a lot of apologies.
Somebody will always send a timestamp without a time zone.
We counted {n} clients that still call the version from before project {project}.
JSON has no date type, so we agreed on UTC and wrote it into the first paragraph.
A good default limit would have prevented all of this.
The documentation was right, which made the bug harder to accept.
Tokens are like milk, so they should carry a date on the carton.
Half of the traffic came from a single script on a forgotten laptop.
We found it by grepping the access log, not by reading the code.
"""),
)
