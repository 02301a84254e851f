"""Examples may take as long as they like."""

from tests.patient import be_patient

be_patient()
