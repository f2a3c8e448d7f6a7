"""How far a model's answers can be trusted, as figures that travel with it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

# The coverages that a person can choose from, by what they are called in a file and on the command line.
COVERAGES = {"99": 0.99, "99.5": 0.995, "99.9": 0.999}


class Trust(BaseModel):
    """Fitted on validation pictures, which the model did not learn from.

    Attributes:
        n: pictures it was fitted on.
        temperature: by which scores are divided before they become probabilities; above 1 for a model that is too sure.
        thresholds: for each coverage in percent, the probability a class must reach to be in the prediction set.
        digit_threshold: the digit score below which a picture is no digit; None for a model that reads other things.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    n: int = Field(ge=1)
    temperature: float = Field(gt=0)
    thresholds: dict[str, float]
    digit_threshold: float | None
