"""How posts about one's own time and announcements are told."""

from __future__ import annotations

from echo_analytics.demo.frames import Frame
from echo_analytics.demo.words import lines

HOME_STORY = Frame(
    titles=lines("""
My {thing} {trouble}
The {weekday} my {thing} {trouble}
{season} in {city}: my {thing} {trouble}
{thing} diary: {fix}
How I saved {a_thing} that {trouble}
{n_upper} attempts at {a_thing}{where}
{a_thing}{where}: what I learned
Not about work: my {thing} {trouble}
What I learned from {a_thing} that {trouble}
{thing}, attempt number {n}: it {trouble}
"""),
    openings=lines("""
Something other than work for once: on {weekday} my {thing} {trouble}.
I had been looking forward to it for {n} weeks, and then my {thing} {trouble}.
My {thing} {trouble}, so I had to start again from the beginning.
It was a quiet {weekday} until my {thing} {trouble}.
Last {season} my {thing} {trouble}, and I swore to do better this time.
"""),
    middles=lines("""
A friend suggested {fix}, and it worked at the first attempt.
I had tried {fix2} before, without much luck.
My neighbour {colleague} knew the answer, and it was {fix}.
The trick was {fix}, as everybody except me seems to have known.
After {n} attempts I can say that {fix} makes the biggest difference.
Everybody on the internet recommends {fix2}, but {fix} was all it needed.
"""),
    endings=lines("""
It was worth every minute, and I would do it again tomorrow.
Next {weekday} I will try {fix2}.
Pictures will follow as soon as it looks respectable.
Now I understand why people call this relaxing.
If you ever come to {city}, I will gladly show you the result.
The next attempt is planned for {season}, with more patience.
"""),
)

HOME_QUESTION = Frame(
    titles=lines("""
My {thing} {trouble}, any advice?
{thing}: {fix} or {fix2}?
How do you rescue {a_thing} that {trouble}?
{thing} trouble{where}: is {fix} the answer?
Does {fix} really help with {a_thing}?
Looking for your best {thing} advice{where}
"""),
    openings=lines("""
A question for those who know more about this than I do: my {thing} {trouble}.
I am new to this, and my {thing} {trouble} on the very first try.
There must be somebody here who can help, because my {thing} {trouble} again.
We moved to {city} last {season}, and since then nothing has worked as it used to.
"""),
    middles=lines("""
I have read that {fix} helps, but I have also read the opposite.
So far I have tried {fix2}, which only made it worse.
My neighbours recommend {fix}, and they have been right {n} times already.
I could try {fix}, although my time is limited to the weekend.
"""),
    endings=lines("""
What works for you?
Is {fix} worth it, or is there an easier way?
Thank you for any advice, however small it may seem.
I promise to report back, with pictures, whatever happens.
How long did it take you to get it right?
"""),
)

HOME_GUIDE = Frame(
    titles=lines("""
{thing}: {fix}
{thing} basics{where}
{n_upper} rules for a better {thing}
The secret of a good {thing}{where}
{n_upper} notes on {a_thing}{where}
{thing} for people without time
What nobody tells you about {a_thing}
My {season} routine: {fix}
"""),
    openings=lines("""
Several people asked about it, so here is what I know about {a_thing}.
After {n} years of mistakes I finally have a routine for this.
You need less than you think, and most of it is already at home.
This is the way I learned it in {city}, and I have changed very little since.
"""),
    middles=lines("""
The most important step is {fix}, and you can skip almost everything else.
Begin with {fix}, and leave {fix2} for later.
It sounds like extra work, but {fix} saves time in the end.
Once my {thing} {trouble}, and since then I never forget about {fix}.
"""),
    endings=lines("""
Take your time, and do not worry about the looks.
Try it once as described, then change whatever you like.
It keeps me away from the screen, which is half of the fun.
In {season} I will write about {fix2}.
It works every time, except when guests are watching.
"""),
)

MEETUP = Frame(
    titles=lines("""
Meetup in {city} next {weekday}
Call for speakers: {city}, this {season}
Recap of the {city} meetup{about}
Workshop in {city}{about}
{season} programme for {city}{about}
New meeting place in {city}
Talks from {city} are online{about}
{n_upper} talks{about}: {city}, {weekday}
Evening{about} in {city}
"""),
    openings=lines("""
Our group in {city} meets on {weekday} at seven in the evening, and the doors open at half past six.
The group in {city} has grown to more than {n} hundred people, so it is time for news.
Thank you to all {n} speakers, and to everybody who comes to {city} in any weather.
The programme for this {season} is complete, and it has more hands-on sessions than last time.
"""),
    middles=lines("""
There will be {n} short talks{about}, and plenty of time for questions in between.
Among the subjects are backups that really restore, honest dashboards, and life after a launch.
{colleague} gives the first talk{about}, and the second one is a surprise.
Please register in time, because the room holds only {n} dozen people.
We always look for speakers, and a talk of ten minutes{about} is a good way to begin.
"""),
    endings=lines("""
See you there, and bring a friend.
Please reply here if you would like to help.
Questions are best asked below this post, so that everybody sees the answer.
Remote guests are welcome as well, the link follows on the day.
"""),
)

RELEASE = Frame(
    titles=lines("""
{project} {version} is out
{project} {version}: what is new
{project} {version} release candidate
Upgrading to {project} {version}
Maintenance window on {weekday}: {project} {version}
{project} {version} needs testers
{project} {version}, a small {season} release
"""),
    openings=lines("""
Version {version} of {project} is available from today, after {n} months of work.
This {season} brings {project} {version}, with contributions from {n} new people.
We are about to publish {project} {version}, and we would like you to try it first.
"""),
    middles=lines("""
The upgrade needs no migration of the database, but please make a backup all the same.
It closes {n} old issues and opens, as usual, a few new ones.
The largest change is a new index, which makes search about {n} times faster.
Please read the notes before the upgrade, because {n} old options are gone.
"""),
    endings=lines("""
If something breaks, open an issue and tell us what you expected to happen.
Special thanks to {colleague}, and to everybody who sent a patch, a translation or a kind word.
The next version will come when it is ready, as always without a promise.
Questions are best asked below this post, so that everybody sees the answer.
"""),
    facts=lines("""
Latency is lower on small machines, thanks to a patch from {city}.
The minimum version of Postgres is now fourteen, as announced last {season}.
Dark mode works at last, and it no longer flashes white on start.
Exports to Parquet keep their types, including instants and their zone.
The changelog lists {n} fixes, and most of them come from volunteers.
Two settings were renamed, and the old names still work with a warning.
The image is {n} megabytes smaller than before.
Webhooks are signed now, so please check the signature on your side.
Start-up takes {n} seconds less, since the cache is filled later.
"""),
)

ABOUT = (
    " about databases",
    " about search",
    " about testing",
    " on accessibility",
    " for beginners",
    " on data quality",
    " about on-call work",
    " on open source",
    " about writing well",
    " on machine learning",
    " about backups",
    " on careers",
)

NEWS_FRAMES = (MEETUP, RELEASE)
NEWS_WEIGHTS = (55, 45)

HOME_FRAMES = (HOME_STORY, HOME_QUESTION, HOME_GUIDE)
HOME_WEIGHTS = (45, 20, 35)
