"""The face that speaks, the mapping of its shape keys and bones, and the shipped face."""
