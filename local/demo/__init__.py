"""The demonstration: real models, real clients, five lives of a release."""
