"""Stands in for the package that Azure ML puts beside the scripts of parallel jobs."""
