"""Products, teams and the community itself."""

from __future__ import annotations

from echo_analytics.demo.words import Topic, lines, scenes

PRODUCT = Topic(
    name="products",
    category="product",
    weight=8,
    scenes=scenes("""
onboarding flow | time to first value | minutes
- lost people at the third step; explained everything except the product; bored almost everyone
+ removing a step; starting with example data; calling ten new customers
roadmap | open promises |
- promised dates for everything; changed after every sales call; faded from everybody's memory
+ writing goals instead of features; saying no in public; reviewing bets every six weeks
pricing page | questions about prices per week |
- scared away small teams; offered four plans and no difference; hid the price
+ showing the price up front; offering a yearly plan; dropping the cheapest plan
customer interview | time to write up | hours
- turned into a demo; confirmed what we wanted to hear; ended when it became interesting
+ asking about the last time; listening for ten more minutes; sharing recordings with engineers
feature request | open requests |
- came from one loud customer; hid another problem; found no users once it was built
+ asking what people do today; counting similar requests; building a small version by hand
product launch | support tickets per day |
- clashed with a holiday; brought visitors and no customers; broke the sign-up page
+ inviting a hundred people first; preparing answers in advance; launching in small steps
newsletter | unsubscribes per issue |
- reached six readers; read like a changelog; went out twice
+ writing to one person; sending less often; leading with a story
free trial | time to a decision | days
- ended before people had started; attracted nobody but students; demanded a credit card
+ counting active days only; extending the trial on request; sending one helpful e-mail
support inbox | first reply time | hours
- doubled after the release; asked the same question daily; stayed empty for a suspicious week
+ turning answers into documentation; letting developers answer mail; tagging every conversation
churn survey | lost accounts per month |
- got four answers; blamed the price for everything; arrived a month too late
+ asking one question; calling people who left; looking at the last active week
"""),
    facts=lines(r"""
The loudest request came from {n} people, and the quiet problem affected everyone.
We asked what they did last {weekday}, not what they might do next year.
A customer in {city} had built the same thing in a spreadsheet.
Revenue went up a little, and complaints went down a lot.
Nobody missed the feature after we hid it for a month.
The persona on the wall had never met one of our users.
It took {n} conversations before somebody told us the real reason.
Sales wanted a date, and we gave them a range instead.
Conversion improved by {n} percent, although the sample is small.
The team behind project {project} writes the announcement before the code.
What we call a workspace, our customers call the folder thing.
A prototype made of paper settled an argument of {n} weeks.
People do not churn on the day they cancel, they leave weeks earlier.
Our competitors do it differently, and their customers complain about that too.
"""),
)

TEAMWORK = Topic(
    name="teamwork",
    category="work",
    weight=6,
    scenes=scenes("""
daily stand-up | meeting time per week | hours
- took forty minutes; became a report to the manager; excluded everyone west of us
+ writing updates instead; standing up for real; keeping Wednesdays free
job interview | time to an offer | days
- tested trivia; scared away good people; lasted for six rounds
+ working on a real problem together; sending questions in advance; paying for the trial day
remote team | unanswered questions per week |
- decided everything in private messages; forgot the person in the other time zone; met only online
+ writing decisions down; meeting twice a year; keeping four hours of overlap
retrospective | open actions |
- repeated last month's complaints; ended without any action; avoided the real topic
+ changing one thing at a time; inviting an outside facilitator; starting with the old actions
project hand-over | open questions |
- happened on the last afternoon; consisted of one link; forgot every password
+ pairing for two weeks; letting the new owner write the docs; listing what could break
mentoring session | preparation time | minutes
- turned into a status report; took place twice and never again; gave advice nobody asked for
+ bringing one question; swapping roles; meeting outside the office
project estimate | average delay | days
- assumed that nobody takes holidays; became a promise; doubled at every meeting
+ estimating in ranges; counting stories instead of hours; looking at the last ten projects
planning meeting | meeting time per week | hours
- ran over by an hour; had twenty guests and one speaker; planned work that was done already
+ sending a page to read first; halving the guest list; ending with names and dates
career ladder | open questions |
- rewarded only managers; used words nobody understood; ignored maintenance work
+ adding examples to every level; counting mentoring as work; asking people to rate themselves
onboarding week | days to the first commit |
- started without a laptop; consisted of videos; ended with nine meetings
+ shipping something small on day two; naming a buddy; asking newcomers to fix the guide
"""),
    facts=lines(r"""
We wrote it down, and half of the disagreement disappeared.
Our colleagues in {city} had solved this years ago and never mentioned it.
Silence in a meeting is not agreement, it is often just lunch time.
The quietest person in the room had the best idea, as so often.
{n_upper} hours of overlap are enough if people write well.
Nobody remembers who decided it, which tells you something.
A calendar full of meetings is a decision, not the weather.
Trust grew slowly, and one careless message on a {weekday} cost a lot of it.
The team of project {project} works four days a week and ships as much as before.
Feedback after {n} months is archaeology.
We moved the meeting by half an hour, and two parents could finally join.
Writing takes longer than talking, but it only has to be done once.
Someone asked a beginner's question, and {n} experts learned something.
I left the meeting with fewer tasks than before, which was the point.
"""),
)

COMMUNITY = Topic(
    name="meetups",
    category="news",
    weight=6,
    scenes=scenes("""
monthly meetup | no-shows |
- outgrew its room; lost its sponsor; started an hour late
+ booking a larger room; streaming the talks; moving to a different weekday
conference talk | preparation time | days
- ran out of time; contained too much code; depended on the network
+ rehearsing in front of friends; recording the demo; cutting a third of the slides
open-source project | open issues |
- depended on one tired maintainer; drowned in questions; went silent for a year
+ inviting two more maintainers; closing stale issues kindly; publishing a roadmap
mailing list | unanswered posts per week |
- went quiet after the move; repeated the same debate; frightened newcomers
+ welcoming every first post; moderating earlier; archiving answers where people search
hands-on workshop | set-up time | minutes
- spent an hour on installation; split into two speeds; had one socket for thirty laptops
+ preparing a ready-made environment; pairing beginners with helpers; handing out paper exercises
reading group | missed meetings |
- stopped at chapter three; chose a very thick book; talked about everything else
+ reading papers instead of books; taking turns as host; meeting at lunch
contributor guide | time to a first patch | days
- described a tool we dropped; assumed a Unix machine; scared people with rules
+ testing the guide with a newcomer; keeping the rules to one page; marking easy issues
"""),
    facts=lines(r"""
Thanks to everyone who answered questions while half of us were on holiday.
The recordings are online, and {city} wins the prize for the best questions.
We counted {n} first-time speakers this {season}, more than ever before.
The code of conduct applies online as well, and it worked when we needed it.
Nobody went home before the lights went out.
Sponsors pay for the coffee, and members pay with their time.
There is a waiting list, so please cancel if you cannot come.
The date after that is a {weekday}, which should suit people with a long commute.
A new translation arrived from {city}, complete with corrections to the original.
Project {project} started as a joke at one of these evenings.
Talks on Postgres and on search were the most crowded, as usual.
Beginners are welcome, and so are people who only want to listen.
All slides and notes are in the shared folder, licensed for reuse.
Two members changed jobs because of a conversation in the corridor.
"""),
)
