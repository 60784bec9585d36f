"""What decides the values of a window's acoustic features; part of a bundle and of the feature cache's key."""

from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import HumpcatError
from ..files import hash_of
from .mfcc import MfccConfig
from .pitch import PitchConfig


@dataclass(frozen=True, slots=True)
class FeatureConfig:
    """MFCC and pitch settings; `version` is raised whenever the code computes other values from the same settings."""

    mfcc: MfccConfig = field(default_factory=MfccConfig)
    pitch: PitchConfig = field(default_factory=PitchConfig)
    version: int = 1

    def to_json(self) -> dict[str, Any]:
        """The configuration as JSON-able values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "FeatureConfig":
        """Rebuild a configuration.

        Raises:
            HumpcatError: a field is unknown or missing.
        """
        try:
            return cls(MfccConfig(**value["mfcc"]), PitchConfig(**value["pitch"]), value["version"])
        except (KeyError, TypeError) as error:
            raise HumpcatError(f"The feature configuration does not fit this program ({error}).") from error

    def hash(self) -> str:
        """The same for equal settings, different for others."""
        return hash_of(self.to_json())
