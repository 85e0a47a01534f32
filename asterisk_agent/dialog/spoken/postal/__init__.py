"""The parts of a street address in US usage (USPS Publication 28), one part a file."""
