"""An export in all accounts of organizational units, by CloudFormation StackSets with service-managed permissions"""
