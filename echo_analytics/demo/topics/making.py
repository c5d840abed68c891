"""Front ends, tests and design."""

from __future__ import annotations

from echo_analytics.demo.words import Topic, lines, scenes

FRONTEND = Topic(
    name="front ends",
    category="tech",
    weight=9,
    scenes=scenes("""
landing page | load time | seconds
- loaded four megabytes of script; jumped around while loading; stayed blank on old phones
+ serving smaller images; removing a tracking script; rendering the first screen on the server
sign-up form | abandoned sign-ups per week |
- lost everything after one error; rejected names with an apostrophe; asked for a fax number
+ validating fields on blur; saving drafts in the browser; asking for less
date picker | support tickets per week |
- showed the wrong day west of London; ignored the keyboard; started the week on a Sunday
+ storing plain dates as plain dates; using the native input; testing in three time zones
state store | rendering time | ms
- re-rendered the page on every key press; kept data of the last user; mirrored half the server
+ moving server data into a query cache; deriving instead of storing; splitting the store
dark theme | contrast issues |
- made links unreadable; flashed white on every page; ruined the printed version
+ naming colours by purpose; following the system setting; checking contrast automatically
component library | bundle size | kB
- offered nine kinds of button; broke whenever a margin changed; lived in one person's head
+ deleting unused variants; writing a story for every state; agreeing on spacing first
endless list | memory use | MB
- jumped to the top on return; ate all the memory of a tablet; hid the footer for ever
+ virtualising the rows; going back to pages; keeping the position in the URL
service worker | cache complaints per week |
- served last month's version; cached an error page; ignored a hard refresh
+ versioning the cache by build; asking before a reload; removing the offline mode
chart component | drawing time | ms
- drew a line through missing days; cut the axis at a flattering place; froze at ten thousand points
+ aggregating on the server; marking unfinished periods; drawing on a canvas
front-end build | build time | seconds
- took longer than lunch; differed from laptop to laptop; hid a type error
+ checking types in parallel; splitting the bundle by route; caching by content hash
"""),
    facts=lines(r"""
The oldest phone in the drawer turned out to be our best testing tool.
A single web font accounted for {n} tenths of a second.
Users in {city} are on slow trains, and they notice every kilobyte.
The accessibility tree tells you more than a screenshot does.
CSS grid replaced {n} hundred lines of layout code.
We removed a dependency and nobody noticed, which is the best outcome.
The browser already does most of this if you let it.
Hydration was the slow part, not the network.
Latency felt lower once the button reacted at once.
Screen readers announced the whole table again after every key press.
The prototype from project {project} used plain HTML, and it was faster than everything since.
It only broke in one browser, and of course that was the one on my manager's laptop.
The layout shifted by {n} pixels, enough to make people press the wrong button.
Real measurements from the field disagreed with the lab by a factor of {n}.
"""),
)

TESTING = Topic(
    name="testing",
    category="tech",
    weight=8,
    scenes=scenes("""
test suite | test time | minutes
- took an hour on a good day; failed only in the evening; passed without asserting anything
+ running tests in parallel; deleting duplicate tests; giving every test its own database
flaky test | reruns per week |
- depended on the time of day; passed when run alone; waited five seconds and hoped
+ polling with a deadline; freezing the clock; quarantining flaky tests
build pipeline | build time | minutes
- rebuilt everything for a typo; ran out of disk; stayed green while the release was broken
+ caching dependencies; building the package once; trying the wheel in an empty environment
code review | review time | hours
- waited for four days; argued about commas; missed a forgotten where clause
+ formatting by machine; sending smaller changes; explaining the why in the description
mock server | set-up time | seconds
- agreed with the bug; outgrew the code under test; drifted away from the real service
+ testing against a real database; recording real answers; checking the contract on both sides
large refactoring | open branches |
- lasted longer than the project; changed behaviour on the way; conflicted with every branch
+ pinning the current behaviour with tests; moving one module at a time; adding a feature flag
type checker | type errors |
- found four hundred errors on day one; disagreed with a plug-in; slowed down every commit
+ typing the edges first; failing the build on new errors; removing casts one by one
release checklist | release time | hours
- lived in one person's head; skipped the changelog; needed a free Tuesday
+ automating the version number; releasing every week; letting anybody press the button
bug report | time to reproduce | minutes
- came without a version; described three bugs at once; turned out to be a feature
+ asking for the smallest example; writing the failing test first; answering within a day
coverage report | untested branches |
- counted lines and not decisions; dropped below a magic number; praised code without checks
+ testing the error paths; trying mutation testing; reading uncovered branches together
"""),
    facts=lines(r"""
A test that cannot fail is worse than no test, because people trust it.
The bug was {n} years old and had a comment next to it that explained it.
We run against a real Postgres now, and the suite is only {n} seconds slower.
Property-based testing found an empty string that none of us had thought of.
Tests that share a database also share their bad moods.
Every failure now prints the seed, so it can be repeated.
The office in {city} runs the same suite on slower machines and sees twice the failures.
Names of tests became sentences, and reviews got shorter.
On project {project} we deleted a third of the tests and found more bugs than before.
Nobody had looked at the skipped tests since the last {weekday} of the year.
The fixture did three migrations for every single test.
A snapshot test only says that something changed, never whether it matters.
Sleep is not a synchronisation primitive, however tempting it looks.
We bisected {n} hundred commits in under an hour.
"""),
)

DESIGN = Topic(
    name="design",
    category="design",
    weight=5,
    scenes=scenes("""
navigation menu | wrong turns per task |
- grew to fourteen entries; hid the one link people needed; changed its order every month
+ grouping entries by task; watching five people look for a setting; naming things as users do
icon set | mislabelled clicks per day |
- mixed three styles; needed a tooltip for everything; confused save with download
+ adding labels to every icon; testing icons without labels; drawing on one grid
settings page | time on task | seconds
- listed ninety switches; saved without saying so; buried the language menu
+ choosing better defaults; removing rarely used switches; adding a search field
error message | repeated errors per day |
- blamed the user; showed a number and nothing else; disappeared after two seconds
+ saying what to do next; keeping the message next to the field; dropping the exclamation marks
colour palette | contrast failures |
- failed every contrast check; used red for success; looked different on every screen
+ testing with colour-blind users; limiting the palette to six tones; pairing colour with a shape
usability test | time to prepare | hours
- turned into a sales call; used only colleagues; ended with forty sticky notes
+ inviting three real users; asking people to think aloud; watching without helping
design system | open design questions |
- described a product we never built; fell behind the code; forbade what everyone needed
+ documenting only what exists; pairing a designer with a developer; reviewing it monthly
empty state | abandoned accounts per week |
- showed a sad robot; offered nothing to do; looked like an error
+ offering example data; linking to one next step; writing a friendlier first sentence
mobile layout | mistaken taps per session |
- hid the main button behind the keyboard; needed a very small thumb; repeated the desktop
+ moving actions to the bottom; making targets larger; starting from the smallest screen
form label | abandoned forms per day |
- vanished while typing; used words from our database; wrapped over three lines
+ keeping labels above fields; reading the form aloud; asking support for better words
"""),
    facts=lines(r"""
{n_upper} people tried it, and all of them stopped at the same place.
White space is not wasted space, even if it looks that way in a review.
The sketch on paper took ten minutes and answered most of the questions.
Typography does most of the work when there is no picture.
Some of our users read from right to left, which broke every arrow.
Nobody reads the tooltip, and nobody can open it on a phone.
Accessibility started as a checklist and became the way we work.
We printed all the screens and put them on the floor.
A kerning problem took a whole {weekday}, and I regret nothing.
Project {project} used a single accent colour, and it aged very well.
Animation should explain where something went, and then get out of the way.
The word "submit" appears {n} times in our product and helps nobody.
People forgive a plain page sooner than a confusing one.
What looked like a colour problem was really a problem of hierarchy.
"""),
)
