"""How a post is told: the sentences around the words of its topic."""

from __future__ import annotations

from dataclasses import dataclass

from echo_analytics.demo.words import lines


@dataclass(frozen=True, slots=True)
class Frame:
    """One way to write a post.

    Attributes
    ----------
    titles, openings, middles, endings
        Sentences with slots such as ``{thing}``; a post takes one of each, and facts of its
        topic between the middle and the ending.
    facts
        What stands there instead, where the facts of the topic do not fit.
    """

    titles: tuple[str, ...]
    openings: tuple[str, ...]
    middles: tuple[str, ...]
    endings: tuple[str, ...]
    facts: tuple[str, ...] = ()


STORY = Frame(
    titles=lines("""
How {fix} brought {measure} down{where}
{measure} from {before} to {after}{where}
What we learned when our {thing} {trouble}
The day our {thing} {trouble}
Our {thing} {trouble}: what happened next
Postmortem of project {project}: our {thing} {trouble}
Why we ended up {fix}{where}
{fix}, {n} months later
Notes from {fix}{where}
Fixing {a_thing} that {trouble}
Our office in {city}, {a_thing} and {fix}
Lessons from {a_thing} that {trouble}
Project {project}: {fix}
Project {project}: our {thing} {trouble}
{city} diary: {fix}
"""),
    openings=lines("""
Last {weekday} our {thing} {trouble}, and it took us {n} hours to understand why.
For {n} months everything was fine, and then our {thing} {trouble}.
It began with a short message from {city}, saying that our {thing} {trouble}.
We all knew that it would happen one day, and on {weekday} our {thing} {trouble}.
Our {thing} {trouble}, and this is the story of how we found the cause.
The second time that our {thing} {trouble}, we stopped guessing and started measuring.
Nobody had touched that part of project {project} for {n} months when our {thing} {trouble}.
I promised to write this down, so here is what happened after our {thing} {trouble}.
"""),
    middles=lines("""
What helped in the end was {fix}, which brought {measure} from {before} down to {after}.
At first we tried {fix2}, but only {fix} made a real difference.
After {fix}, {measure} fell from {before} to {after} within a week.
The obvious answer was {fix2}, but what really solved it was {fix}.
We needed {n} attempts, and the one that worked was {fix}.
We settled on {fix}, which cut {measure} from {before} to {after}.
Somebody suggested {fix}, and to our surprise it was enough.
It was {colleague} who proposed {fix}, and it worked at once.
We began by {fix2} and finished by {fix}, in exactly the wrong order.
"""),
    endings=lines("""
Next time we will start with {fix} right away.
I hope this saves somebody a long {weekday}.
We still have to try {fix2}, but that can wait until next {season}.
If you have seen the same, I would love to compare notes.
The change is small, and I wish we had made it {n} months earlier.
Thanks to everyone who stayed late and remained kind.
Thanks to {colleague}, who saw it long before the rest of us.
A longer version with all the graphs is in our wiki.
All in all it was a good week, even if it did not feel like one.
We will look at {measure} again in {n} weeks and report back.
"""),
)

QUESTION = Frame(
    titles=lines("""
Our {thing} {trouble}. What now?
Has anyone tried {fix}{where}?
How do you deal with {a_thing} that {trouble}?
{high}: is that normal{where}?
Is {fix} worth the effort{where}?
Looking for advice: our {thing} {trouble}
Need a second opinion: {fix} or {fix2}?
Who has experience with {fix}{where}?
{measure} stuck at {before}, any ideas?
Question about {a_thing} that {trouble}
Does {fix} really help{where}?
Help wanted: {high}{where}
"""),
    openings=lines("""
We have a small problem here: since {weekday} we have known that our {thing} {trouble}.
I inherited {a_thing} that {trouble}, and I am not sure where to start.
Our team in {city} is small, and last week our {thing} {trouble}.
Maybe somebody here has seen this before: our {thing} {trouble}, with {measure} at {before}.
I have read the documentation {n} times and still do not see why our {thing} {trouble}.
This may be a beginner's question, but I have been stuck since {weekday}: our {thing} {trouble}.
We are planning the next step of project {project}, and I am worried about {measure}.
"""),
    middles=lines("""
So far we have tried {fix2}, which changed very little.
The usual advice is {fix}, but I wonder what it costs in the long run.
Some of us would start with {fix}, others with {fix2}, and both sides have good reasons.
Our goal is to get {measure} down from {before} to about {after}, perhaps by {fix}.
I am thinking about {fix}, but none of us has done that before.
A colleague in {city} swears by {fix}, and I cannot tell whether it applies to us.
{colleague} advised against {fix2}, but I did not quite understand why.
We can spend {n} days on {fix}, and not one day more.
"""),
    endings=lines("""
How do you handle this, and what would you do differently today?
Any pointers are welcome, even if they only tell me what to read first.
Has anybody measured the effect of {fix} over a longer time?
What would you try first, {fix} or {fix2}?
Should {high} worry us at all?
I will sum up the answers here, so that the next person finds them.
Thanks in advance, and feel free to ask for details.
Did you regret it after {n} months, or would you do it again?
"""),
)

GUIDE = Frame(
    titles=lines("""
A short guide to {fix}{where}
{fix}: a checklist{where}
Small tip from {city}: try {fix}
{n_upper} things to know before {fix}
Before you start {fix}, read this
A simple plan for {a_thing} that {trouble}
What a healthy {thing} looks like{where}
{measure} below {after}: a recipe
{fix}, step by step{where}
{n_upper} mistakes we made with our {thing}{where}
A checklist for every {thing}{where}
How we keep {measure} below {after}{where}
"""),
    openings=lines("""
People keep asking me about {fix}, so here is how we do it.
After {n} years of looking after {a_thing} I have collected a few rules.
This is a short summary of what worked for us in {city}, with the mistakes left in.
Most guides on {fix} skip the boring part, which happens to be the important one.
If you care about {measure}, start here before you buy anything.
The talk in {city} was too short for the details, so I am adding them here.
Everything below comes from project {project}, where our {thing} {trouble}.
"""),
    middles=lines("""
First measure, then think about {fix}, and only then about {fix2}.
Start with {fix}, because it is cheap and easy to undo.
With us {measure} went from {before} to {after}, mostly thanks to {fix}.
The first step is {fix}, and the second is telling everybody about it.
Do not combine {fix} with {fix2} on the same day, or you will never know which one helped.
Write down {measure} before {fix}, since memory is generous.
The rule of thumb is simple: {fix} pays off as soon as more than {n} people depend on it.
"""),
    endings=lines("""
Corrections are welcome, since half of this comes from memory.
The idea is borrowed from {colleague}, and the mistakes are mine.
Start small, keep notes, and stop when it is good enough.
If you only remember one thing, let it be {fix}.
Next week I will write about {fix2}, which deserves a post of its own.
It is not elegant, but it has worked for {n} months now.
Your situation may differ, so please do not follow this blindly.
Repeat it every {season}, and it never becomes a big job.
"""),
)

OPINION = Frame(
    titles=lines("""
In praise of a boring {thing}{where}
{fix} is underrated{where}
{fix} is harder than it looks{where}
You may not need {a_thing}{where}
The hidden cost of {a_thing}{where}
We should talk more about {measure}
{fix} or {fix2}? My answer after {n} years
Against {fix}{where}
Nobody celebrates {low}{where}
A good {thing} is invisible{where}
Why I stopped worrying about {measure}{where}
How {fix} changed my mind{where}
"""),
    openings=lines("""
I used to think that {fix} was a waste of time, and I was wrong.
Every few months somebody proposes {fix}, and every time the discussion ends the same way.
There is one thing I would like more people in {city} and elsewhere to know about {measure}.
We spend too much time on new things and too little on the {thing} we already have.
This is not popular, but a simple {thing} beats a clever one almost every time.
After {n} years in this field I have one strong opinion, and it is about {measure}.
On project {project} I changed my mind about {fix}.
"""),
    middles=lines("""
The reason is simple: nobody notices {measure} until the number reaches {before}.
Of course {fix2} has its place, only not as the first thing to try.
When our {thing} {trouble}, it was not the tool that failed but our habits around it.
It costs {n} days once, and it pays that back every {season}.
The best argument for {fix} is that you can stop at any time.
You could say the same about {fix2}, and I would not object.
Getting {measure} from {before} to {after} sounds dry, but people felt it on the first day.
"""),
    endings=lines("""
Tell me why I am wrong, I am curious.
I may think differently in {n} months, and that is fine.
Dull solutions leave time for interesting problems.
That is all, and now back to work.
{colleague} disagrees, and you should ask for the other side of the story.
What is your own experience with {fix}?
Perhaps it only worked because the team is small, but I doubt it.
I would rather have this discussion now than on the night when everything burns.
"""),
)

WORK_FRAMES = (STORY, QUESTION, GUIDE, OPINION)
WORK_WEIGHTS = (40, 22, 22, 16)
