"""One job at a time: its thread, the timer that takes in what happens, the buttons that wait."""
