"""An account's desired state as what a site deploys with: CloudFormation, Terraform and permission sets; stack sets"""
