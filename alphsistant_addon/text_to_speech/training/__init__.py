"""A voice trained from recordings; nothing that speaks imports it."""
