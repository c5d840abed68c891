"""What people write about after work."""

from __future__ import annotations

from echo_analytics.demo.words import Topic, lines, scenes

COOKING = Topic(
    name="cooking",
    category="everyday",
    weight=4,
    home=True,
    scenes=scenes("""
sourdough loaf
- came out flat as a plate; burned at the bottom; tasted of vinegar
+ letting the dough rest overnight; using a hot iron pot; feeding the starter twice a day
lentil soup
- stuck to the pot; turned grey; needed two hours
+ roasting the spices first; adding lemon at the end; soaking the lentils
birthday cake
- sank in the middle; slid off its plate; looked better in the dark
+ weighing instead of guessing; lining the tin with paper; leaving the oven shut
tomato sauce
- splashed all over the wall; tasted like the tin; became far too sweet
+ cooking it slowly; adding an anchovy; frying the paste before the tomatoes
mushroom risotto
- set like concrete; used every pan in the house; stayed hard in the middle
+ warming the stock; stirring less; resting the rice for two minutes
apple pie
- leaked through the crust; disappeared before dinner; browned much too fast
+ chilling the butter; mixing two kinds of apple; baking on the lowest shelf
rice bowl
- clumped together; set off the smoke alarm; lacked any colour
+ using rice from yesterday; cooking in small portions; heating the pan until it smokes
kimchi jar
- bubbled over at night; smelled up the stairwell; turned soft after a week
+ salting the cabbage longer; leaving room in the jar; keeping it in the cellar
chickpea stew
- boiled dry; tasted of nothing; filled the freezer
+ toasting the cumin; adding spinach at the end; doubling the garlic
pancake batter
- formed lumps; stuck to the new pan; ran out too early
+ resting the batter for an hour; sieving the flour; adding sparkling water
"""),
    facts=lines(r"""
The recipe is my grandmother's, and it contains no quantities at all.
My neighbour from {city} uses cardamom, and I am slowly convinced.
It tastes better on the second day, if there is one.
Salt at the start and acid at the end covers most situations.
The kitchen looked like a building site, but everyone asked for more.
I bought a thermometer, which ended {n} years of guessing.
Fresh herbs go in at the very end, otherwise they taste of hay.
The children ate it without a comment, which is the highest praise here.
A sharp knife is cheaper than any gadget on that shelf.
We were {n} at the table, and there was just enough.
The market in {city} sells better aubergines than any shop I know.
Turmeric stains everything, including the wooden spoon and my thumbs.
I keep notes in a small database, which my family finds very funny.
Saffron is expensive, but a pinch of it changes the whole pot.
"""),
)

GARDENING = Topic(
    name="gardening",
    category="everyday",
    weight=3,
    home=True,
    scenes=scenes("""
tomato bed
- got far too much sun; drowned in the rain; attracted every snail in the street
+ watering early in the morning; mulching with straw; pinching out the side shoots
balcony garden
- froze in a single night; dried out over a weekend; blew away in a storm
+ choosing heavier pots; putting clay balls under the soil; grouping plants by thirst
compost heap
- smelled awful; refused to rot; became a home for rats
+ adding torn cardboard; turning it every month; keeping cooked food out
apple tree
- dropped all of its fruit; caught mildew; grew only leaves
+ pruning in late winter; thinning the fruit; inviting more bees
raised bed
- sank by a third; filled up with nettles; leaned towards the fence
+ lining the wood; filling the bottom with branches; planting in layers
herb spiral
- turned into a mint spiral; stayed too wet; vanished under a pumpkin
+ planting mint in a pot; adding sand for the thyme; cutting back after flowering
seed tray
- went mouldy; grew tall and pale; lost all of its labels
+ lowering the temperature; sowing two weeks later; adding a lamp
rain barrel
- ran dry in the heat; bred mosquitoes; cracked in the frost
+ covering the barrel with a net; connecting two barrels; emptying it before winter
pumpkin patch
- took over the path; produced one enormous pumpkin; lost every flower to slugs
+ pollinating by hand; laying out boards; feeding it with compost
indoor fern
- hated the radiator; shed leaves on the keyboard; surprised us with a new frond
+ misting it daily; moving it to the bathroom; repotting in spring
"""),
    facts=lines(r"""
The soil here is heavy clay, and a spade comes out looking like a sculpture.
An old gardener in {city} told me to do less, and that helped most.
Slugs found the lettuce within {n} hours.
The first frost came on a {weekday}, earlier than in any year I remember.
Seeds from my own plants do better than the ones from the shop.
I water by hand, because that is when I notice things.
There were {n} kinds of bees on the lavender this morning.
A wheelbarrow with a flat tyre is excellent exercise.
The courgettes are winning, as they do every year.
Nettles make a good fertiliser, if nobody lives downwind.
My spreadsheet of sowing dates is older than some of the trees.
Patience is the cheapest tool in the shed.
The robin follows me around and inspects every hole.
Worms moved in on their own, which I take as a compliment.
"""),
)

CYCLING = Topic(
    name="cycling",
    category="everyday",
    weight=3,
    home=True,
    scenes=scenes("""
rear wheel
- lost a spoke on the way home; wobbled downhill; went flat twice in a day
+ truing the wheel by eye; carrying a spare spoke; checking the rim tape
morning commute
- took twice as long in the snow; led through a new building site; ended in a cloudburst
+ leaving ten minutes earlier; taking the river path; keeping dry socks at work
bike chain
- skipped on every hill; rusted over the holidays; snapped at a traffic light
+ cleaning it with a rag and oil; measuring wear every month; carrying a quick link
weekend tour
- ended at a closed ferry; had more hills than planned; turned into a picnic
+ planning with contour lines; booking the train back; packing half as much
saddle
- creaked at every turn; hurt after an hour; slipped down slowly
+ raising it by a finger's width; measuring the sit bones; riding it in gently
front light
- blinded a jogger; died in the tunnel; fell off on the cobbles
+ aiming it lower; charging it every Sunday; fixing it with an old inner tube
cargo bike
- blocked the hallway; needed stronger brakes; carried a sofa
+ renting before buying; adding a second stand; finding a ground-floor garage
brake cable
- froze in the rain; stretched after a week; frayed at the lever
+ replacing the housing as well; greasing both ends; learning to do it at home
night ride
- began in thick fog; lasted until breakfast; led past nineteen bakeries
+ riding in a small group; bringing a thermos; choosing quiet lanes
pannier bag
- rubbed against my heel; leaked over a laptop; jumped off at a kerb
+ moving the hooks back; wrapping everything twice; loading both sides evenly
"""),
    facts=lines(r"""
The wind along the canal comes from the front in both directions.
A mechanic in {city} fixed it for the price of a coffee.
We rode {n} hours, and two of them were lunch.
The new bridge saves {n} minutes and one dangerous crossing.
A bell is friendlier than shouting, and works in every language.
My old steel frame weighs a lot and never complains.
There is a water tap at the cemetery, as every touring cyclist knows.
The forecast promised sun and was wrong by a whole {weekday}.
Rain trousers are ugly, and I would not leave without them.
Someone had left a map of {city} in the saddle bag when I bought the bike.
Low gears are nothing to be ashamed of.
I log every ride in a table, and my knees agree with the trend.
The puncture was caused by a splinter no longer than an eyelash.
Headwind builds character, says everybody who drives.
"""),
)
