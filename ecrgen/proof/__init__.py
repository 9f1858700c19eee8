"""Is what a catalog promises kept, and what objects to a policy: one sentence each, for check, plan and apply alike."""
