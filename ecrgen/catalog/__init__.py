"""YAML → a bound, rendered policy."""
