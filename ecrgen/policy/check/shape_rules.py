"""The rules about a document's shape, as data; grammar.py, read_condition.py and read_principal.py report them."""

from __future__ import annotations

from ecrgen.policy.check.finding import analyzer_rule

JSON_SYNTAX_ERROR = analyzer_rule(
    "JSON_SYNTAX_ERROR", "ERROR", "The text is not JSON, or JSON that IAM refuses", "Correct the JSON at that place."
)
DATA_TYPE_MISMATCH = analyzer_rule(
    "DATA_TYPE_MISMATCH", "ERROR", "A value has the wrong JSON type", "Write the type that the message names."
)
INVALID_POLICY_ELEMENT = analyzer_rule(
    "INVALID_POLICY_ELEMENT",
    "ERROR",
    "An element that policies of this type do not have",
    "Remove the element or correct its name.",
)
INVALID_VERSION = analyzer_rule(
    "INVALID_VERSION", "ERROR", "A Version that is none of the policy language", 'Write "Version": "2012-10-17".'
)
MISSING_VERSION = analyzer_rule(
    "MISSING_VERSION", "WARNING", "No Version, so variables are not replaced", 'Add "Version": "2012-10-17".'
)
MISSING_STATEMENT = analyzer_rule(
    "MISSING_STATEMENT", "ERROR", "A document without statements", "Add a Statement element with a statement in it."
)
MISSING_EFFECT = analyzer_rule(
    "MISSING_EFFECT", "ERROR", "A statement without Effect", 'Add "Effect": "Allow" or "Effect": "Deny".'
)
INVALID_EFFECT = analyzer_rule(
    "INVALID_EFFECT", "ERROR", "An Effect other than Allow and Deny", 'Write "Allow" or "Deny", with that capital.'
)
MISSING_ACTION = analyzer_rule(
    "MISSING_ACTION", "ERROR", "A statement without Action and NotAction", "Add an Action element."
)
MISSING_RESOURCE = analyzer_rule(
    "MISSING_RESOURCE",
    "ERROR",
    "A statement of an identity policy without Resource and NotResource",
    'Add a Resource element: the ARNs, or "*".',
)
UNSUPPORTED_ELEMENT_COMBINATION = analyzer_rule(
    "UNSUPPORTED_ELEMENT_COMBINATION",
    "ERROR",
    "An element together with its Not… form in one statement",
    "Keep one of the two, or write two statements.",
)
EMPTY_ARRAY_ACTION = analyzer_rule(
    "EMPTY_ARRAY_ACTION", "SUGGESTION", "An empty list of actions", "Name the actions, or remove the statement."
)
EMPTY_ARRAY_RESOURCE = analyzer_rule(
    "EMPTY_ARRAY_RESOURCE", "SUGGESTION", "An empty list of resources", "Name the resources, or remove the statement."
)
EMPTY_SID_VALUE = analyzer_rule("EMPTY_SID_VALUE", "SUGGESTION", "An empty Sid", "Give the Sid a value, or remove it.")
UNSUPPORTED_SID = analyzer_rule(
    "UNSUPPORTED_SID",
    "ERROR",
    "A Sid with other characters than letters and digits",
    "Use the letters A-Z and a-z and digits only.",
)
UNIQUE_SIDS_REQUIRED = analyzer_rule(
    "UNIQUE_SIDS_REQUIRED", "ERROR", "A Sid twice in an identity policy", "Give every statement a Sid of its own."
)
UNIQUE_SIDS_RECOMMENDED = analyzer_rule(
    "UNIQUE_SIDS_RECOMMENDED",
    "WARNING",
    "A Sid twice in a resource policy",
    "Give every statement a Sid of its own.",
)
INVALID_CONDITION_OPERATOR = analyzer_rule(
    "INVALID_CONDITION_OPERATOR", "ERROR", "A condition operator that IAM does not have", "Use an operator of IAM's."
)
NULL_WITH_IF_EXISTS = analyzer_rule(
    "NULL_WITH_IF_EXISTS", "ERROR", "The operator Null with IfExists", 'Write "Null" without IfExists.'
)
INVALID_CONDITION_DATA_TYPE = analyzer_rule(
    "INVALID_CONDITION_DATA_TYPE",
    "ERROR",
    "Condition values of several JSON types in one list",
    "Write all values of the list as strings.",
)
DUPLICATE_KEYS_WITH_DIFFERENT_CASE = analyzer_rule(
    "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
    "ERROR",
    "A condition key twice under one operator, in another case",
    "Condition keys have no case: write the key once, with all its values.",
)
EMPTY_OBJECT_CONDITION = analyzer_rule(
    "EMPTY_OBJECT_CONDITION", "SUGGESTION", "A Condition, or an operator in it, without keys", "Remove it."
)
EMPTY_ARRAY_CONDITION = analyzer_rule(
    "EMPTY_ARRAY_CONDITION", "SUGGESTION", "A condition key without values", "Give the key values, or remove it."
)
EMPTY_ARRAY_CONDITION_FORALLVALUES = analyzer_rule(
    "EMPTY_ARRAY_CONDITION_FORALLVALUES",
    "SUGGESTION",
    "A ForAllValues condition without values, true only where the key is absent",
    'Say it with "Null": {key: "true"}.',
)
EMPTY_ARRAY_CONDITION_FORANYVALUE = analyzer_rule(
    "EMPTY_ARRAY_CONDITION_FORANYVALUE",
    "SUGGESTION",
    "A ForAnyValue condition without values, which is never true",
    "Give the key values, or remove the statement.",
)
EMPTY_ARRAY_CONDITION_IFEXISTS = analyzer_rule(
    "EMPTY_ARRAY_CONDITION_IFEXISTS",
    "SUGGESTION",
    "An IfExists condition without values, true only where the key is absent",
    'Say it with "Null": {key: "true"}.',
)
UNSUPPORTED_PRINCIPAL = analyzer_rule(
    "UNSUPPORTED_PRINCIPAL",
    "ERROR",
    "A Principal in an identity policy",
    "Remove it: an identity policy is for whom it is attached to.",
)
MISSING_PRINCIPAL = analyzer_rule(
    "MISSING_PRINCIPAL", "ERROR", "A statement of a resource policy without Principal", "Add a Principal element."
)
INVALID_PRINCIPAL_KEY = analyzer_rule(
    "INVALID_PRINCIPAL_KEY",
    "ERROR",
    "A kind of principal that IAM does not have",
    "Use AWS, Service, Federated or CanonicalUser.",
)
EMPTY_ARRAY_PRINCIPAL = analyzer_rule(
    "EMPTY_ARRAY_PRINCIPAL", "SUGGESTION", "An empty list of principals", "Name the principals, or remove the list."
)
EMPTY_OBJECT_PRINCIPAL = analyzer_rule(
    "EMPTY_OBJECT_PRINCIPAL", "SUGGESTION", "An empty Principal", "Name the principals, or remove the statement."
)
