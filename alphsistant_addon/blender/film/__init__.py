"""A scene rendered to a film with its sound, a contact sheet, a still."""
