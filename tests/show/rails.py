"""A rail as it is read: what is lit on it, and what is written beside."""

from sockscope.show.steps import Progress, Step

AHEAD, UNDER_WAY, DONE, FAILED = Progress.AHEAD, Progress.UNDER_WAY, Progress.DONE, Progress.FAILED
SKIPPED, DOUBTFUL = Progress.SKIPPED, Progress.DOUBTFUL


def lit(steps: list[Step]) -> list[Progress]:
    """How far each step is."""
    return [step.progress for step in steps]


def detail(steps: list[Step], name: str) -> str:
    """What stands beside one step."""
    return next(step.detail for step in steps if step.name == name)


def told(steps: list[Step]) -> str:
    """What stands beside all steps."""
    return "\n".join(step.detail for step in steps)
