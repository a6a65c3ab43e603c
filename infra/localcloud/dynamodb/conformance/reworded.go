package conformance

import "regexp"

// reworded are the exceptions that DynamoDB Local words otherwise than AWS. The
// names are the same.
var reworded = []rewording{
	reword(`^ResourceNotFoundException: Requested resource not found.*`, `ResourceNotFoundException: Cannot do operations on a non-existent table`),
	reword(`^ResourceInUseException: Table already exists: .*`, `ResourceInUseException: Cannot create preexisting table`),
	reword(`^ValidationException: The provided key element does not match the schema$`, `ValidationException: One of the required keys was not given a value`),
	reword(`^ValidationException: The provided key element does not match the schema$`, `ValidationException: One or more parameter values were invalid: Type mismatch for key`),
	reword(`^ValidationException: One or more parameter values were invalid: Missing the key \w+ in the item$`, `ValidationException: One of the required keys was not given a value`),
	reword(`^(ValidationException: One or more parameter values were invalid: Type mismatch for key) .*`, `$1`),
	reword(`^(ValidationException: One or more parameter values were invalid: Type mismatch for Index Key) .*`, `$1`),
	reword(`^ValidationException: One or more parameter values were invalid: Size of (hash|range)key has exceeded .*`,
		`ValidationException: Hash primary key values must be under 2048 bytes, and range primary key values must be under 1024 bytes`),
	reword(`^ValidationException: One or more parameter values were invalid: Size of (hash|range)key has exceeded .*`,
		`ValidationException: One or more parameter values were invalid: Size limit exceeded`),
	reword(`^ValidationException: The parameter cannot be converted to a numeric value: .*`, `ValidationException: A value provided cannot be converted into a number`),
	reword(`^ValidationException: Attempting to store more than 38 significant digits in a Number$`, `ValidationException: DynamoDB only supports precision up to 38 digits`),
	reword(`^(ValidationException: One or more parameter values were invalid: Input collection \[.*\] contains duplicates)\.$`, `$1`),
	reword(`^ValidationException: 1 validation error detected: Value '.*' at 'returnValues' .*`, `ValidationException: Return values set to invalid value`),
	reword(`^ValidationException: 1 validation error detected: Value '\{\d+ requests\}' at 'requestItems' .*`, `ValidationException: Too many items requested for the BatchWriteItem call`),
	reword(`^ValidationException: 1 validation error detected: Value null at 'requestItems' .*`, `ValidationException: BatchWriteItem cannot have a null or no requests set`),
	reword(`^ValidationException: 1 validation error detected: Value null at 'requestItems' .*`, `ValidationException: BatchGetItem must have some requests set`),
	reword(`^(ValidationException: The list of keys in RequestItems for BatchGetItem is required)$`, `$1: TABLE has empty list`),
	reword(`^ValidationException: 1 validation error detected: Value '.*' at 'transactItems' failed to satisfy constraint: (Member must have length less than or equal to 100)$`, `ValidationException: $1`),
	reword(`^ValidationException: 1 validation error detected: Value '\[\]' at 'transactItems' (.*)`, `ValidationException: Value [] at 'transactItems' $1`),
	reword(`^ValidationException: 1 validation error detected: Value '(.*)' at 'clientRequestToken' (.*)`, `ValidationException: Value $1 at 'clientRequestToken' $2`),
	reword(`^ValidationException: 1 validation error detected: (Value null at .*)`, `ValidationException: $1`),
	rewordLike(`^ValidationException: Transaction response size cannot exceed 4MB. Response size: .*`, `^ValidationException: Payload in response is too large\.\d+$`),
	rewordLike(`: attribute_type, operand type: \{NS,SS,L,BS,N,M,B,BOOL,NULL,S\}$`, `: attribute_type, operand type: \{[A-Z,]+\}$`),
	reword(`^ValidationException: One or more parameter values were invalid: Type mismatch for Index Key .* Actual: NULL .*`, `ValidationException: Invalid attribute value type`),
	reword(`^(ValidationException: TimeToLive is active on a different AttributeName): .*`, `$1`),
	reword(`^ValidationException: 1 validation error detected: Value '\d+' at 'limit' .*`, `ValidationException: Limit must be greater than or equal to 1`),
	reword(`^ValidationException: 1 validation error detected: Value '\d+' at 'limit' .*`, `ValidationException: Limit in ListTables must be <= 100`),
	reword(`^ValidationException: 1 validation error detected: Value '\w+' at '\w+' (failed to satisfy constraint: Member must satisfy enum value set: .*)`, `ValidationException: $1`),
}

func reword(aws, local string) rewording {
	return rewording{aws: regexp.MustCompile(aws), local: local}
}

// rewordLike is reword for a message that varies: it has only to match.
func rewordLike(aws, local string) rewording {
	return rewording{aws: regexp.MustCompile(aws), like: regexp.MustCompile(local)}
}
