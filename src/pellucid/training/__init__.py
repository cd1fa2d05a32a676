"""How does theta move? Plan, state, schedules, stopping, the loop."""
