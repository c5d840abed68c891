"""What the community writes about."""

from echo_analytics.demo.topics.home import COOKING, CYCLING, GARDENING
from echo_analytics.demo.topics.making import DESIGN, FRONTEND, TESTING
from echo_analytics.demo.topics.numbers import ANALYTICS, LEARNING
from echo_analytics.demo.topics.systems import DATABASE, INTERFACES, RELIABILITY
from echo_analytics.demo.topics.together import COMMUNITY, PRODUCT, TEAMWORK

TOPICS = (
    DATABASE,
    RELIABILITY,
    INTERFACES,
    ANALYTICS,
    LEARNING,
    FRONTEND,
    TESTING,
    DESIGN,
    PRODUCT,
    TEAMWORK,
    COMMUNITY,
    COOKING,
    GARDENING,
    CYCLING,
)

__all__ = ["TOPICS"]
