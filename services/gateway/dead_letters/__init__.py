"""Dead letters: records that could not be loaded, and what people do about them."""
