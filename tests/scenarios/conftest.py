"""Examples may take as long as they like."""

from tests.hypothesis_profile import load_hypothesis_profile

load_hypothesis_profile()
