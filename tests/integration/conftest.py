"""Examples may take as long as they like."""

from tests.hypothesis_profile import be_patient

be_patient()
