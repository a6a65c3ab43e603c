package dynamodb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// createTableInput are the parameters of CreateTable. Those that concern only
// billing, encryption and labels are accepted and change nothing.
type createTableInput struct {
	TableName                 *string
	AttributeDefinitions      []attributeDefinition
	KeySchema                 []keyElement
	GlobalSecondaryIndexes    []indexInput
	LocalSecondaryIndexes     []indexInput
	StreamSpecification       *streamSpecification
	BillingMode               string
	ProvisionedThroughput     *throughput
	OnDemandThroughput        any
	WarmThroughput            any
	SSESpecification          any
	Tags                      any
	TableClass                string
	DeletionProtectionEnabled bool
}

type attributeDefinition struct{ AttributeName, AttributeType string }

type keyElement struct{ AttributeName, KeyType string }

type throughput struct{ ReadCapacityUnits, WriteCapacityUnits int64 }

type streamSpecification struct {
	StreamEnabled  bool
	StreamViewType string `json:",omitempty"`
}

type projection struct {
	ProjectionType   string   `json:",omitempty"`
	NonKeyAttributes []string `json:",omitempty"`
}

type indexInput struct {
	IndexName             string
	KeySchema             []keyElement
	Projection            *projection
	ProvisionedThroughput *throughput
	OnDemandThroughput    any
	WarmThroughput        any
}

// spec reads the parameters as a table's specification.
func (in *createTableInput) spec() (*TableSpec, error) {
	if in.TableName == nil {
		return nil, missing("tableName")
	}
	if err := in.checkBilling(); err != nil {
		return nil, err
	}
	if in.GlobalSecondaryIndexes != nil && len(in.GlobalSecondaryIndexes) == 0 {
		return nil, invalid("One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty")
	}
	if in.LocalSecondaryIndexes != nil && len(in.LocalSecondaryIndexes) == 0 {
		return nil, invalid("One or more parameter values were invalid: List of LocalSecondaryIndexes is empty")
	}
	out := &TableSpec{Name: *in.TableName, Attributes: map[string]string{}}
	for i, a := range in.AttributeDefinitions {
		at := "attributeDefinitions." + strconv.Itoa(i+1) + ".member."
		switch {
		case a.AttributeName == "":
			return nil, missing(at + "attributeName")
		case a.AttributeType == "":
			return nil, missing(at + "attributeType")
		case out.Attributes[a.AttributeName] != "":
			return nil, invalid("One or more parameter values were invalid: Duplicate AttributeName in AttributeDefinitions: " + a.AttributeName)
		}
		out.Attributes[a.AttributeName] = a.AttributeType
	}
	var err error
	if out.Key, err = readKey(in.KeySchema); err != nil {
		return nil, err
	}
	if out.GlobalIndexes, err = readIndexes(in.GlobalSecondaryIndexes); err != nil {
		return nil, err
	}
	if out.LocalIndexes, err = readIndexes(in.LocalSecondaryIndexes); err != nil {
		return nil, err
	}
	if st := in.StreamSpecification; st != nil && st.StreamEnabled {
		if out.StreamView = st.StreamViewType; out.StreamView == "" {
			return nil, invalid("One or more parameter values were invalid: StreamViewType is required when StreamEnabled is true")
		}
	}
	return out, nil
}

func (in *createTableInput) checkBilling() error {
	switch in.BillingMode {
	case "PAY_PER_REQUEST":
		if in.ProvisionedThroughput != nil {
			return invalid("One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
		}
	case "", "PROVISIONED":
		if in.ProvisionedThroughput == nil {
			return invalid("One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
		}
	default:
		return invalidValue(in.BillingMode, "billingMode", "Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]")
	}
	return nil
}

func readKey(elements []keyElement) (Key, error) {
	var k Key
	for _, e := range elements {
		switch {
		case e.KeyType == "HASH" && k.Hash == "" && k.Range == "":
			k.Hash = e.AttributeName
		case e.KeyType == "RANGE" && k.Hash != "" && k.Range == "":
			k.Range = e.AttributeName
		default:
			return k, invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type, or there is more than one of a type")
		}
	}
	return k, nil
}

func readIndexes(in []indexInput) ([]IndexSpec, error) {
	var out []IndexSpec
	for _, ix := range in {
		k, err := readKey(ix.KeySchema)
		if err != nil {
			return nil, err
		}
		if ix.Projection == nil {
			return nil, missing("projection")
		}
		out = append(out, IndexSpec{Name: ix.IndexName, Key: k, Projection: ix.Projection.ProjectionType, Include: ix.Projection.NonKeyAttributes})
	}
	return out, nil
}

// description is a table as DescribeTable answers it.
type description struct {
	TableName                 string
	TableId                   string //nolint:staticcheck // the wire's name
	TableArn                  string
	TableStatus               string
	CreationDateTime          float64               `json:",omitempty"`
	AttributeDefinitions      []attributeDefinition `json:",omitempty"`
	KeySchema                 []keyElement          `json:",omitempty"`
	BillingModeSummary        *billingMode          `json:",omitempty"`
	ProvisionedThroughput     noThroughput
	TableSizeBytes            int64
	ItemCount                 int64
	GlobalSecondaryIndexes    []indexDescription   `json:",omitempty"`
	LocalSecondaryIndexes     []indexDescription   `json:",omitempty"`
	StreamSpecification       *streamSpecification `json:",omitempty"`
	LatestStreamArn           string               `json:",omitempty"`
	LatestStreamLabel         string               `json:",omitempty"`
	DeletionProtectionEnabled bool
}

type billingMode struct {
	BillingMode                       string
	LastUpdateToPayPerRequestDateTime float64
}

// noThroughput is what an on-demand table shows for provisioned throughput.
type noThroughput struct{ NumberOfDecreasesToday, ReadCapacityUnits, WriteCapacityUnits int64 }

type indexDescription struct {
	IndexName      string
	IndexArn       string
	IndexStatus    string `json:",omitempty"`
	KeySchema      []keyElement
	Projection     projection
	IndexSizeBytes int64
	ItemCount      int64
}

// The states of a table.
const (
	statusActive   = "ACTIVE"
	statusDeleting = "DELETING"
)

// uuid is the table's id on the wire: one for its number and moment of making.
func (t *table) uuid() string {
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", t.id, t.stored.Created.UnixMilli()&(1<<48-1))
}

// unixSeconds is a time as the JSON protocols write it.
func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (s *Service) describe(t *table, status string) description {
	d := description{
		TableName: t.spec.Name, TableId: t.uuid(), TableArn: s.arn(t.spec.Name), TableStatus: status,
	}
	if status == statusDeleting {
		return d
	}
	d.CreationDateTime = unixSeconds(t.stored.Created)
	d.BillingModeSummary = &billingMode{"PAY_PER_REQUEST", d.CreationDateTime}
	d.KeySchema = keySchema(t.spec.Key)
	for name, kind := range t.spec.Attributes {
		d.AttributeDefinitions = append(d.AttributeDefinitions, attributeDefinition{name, kind})
	}
	slices.SortFunc(d.AttributeDefinitions, func(a, b attributeDefinition) int { return strings.Compare(a.AttributeName, b.AttributeName) })
	for _, ix := range t.indexes {
		x := indexDescription{
			IndexName: ix.spec.Name, IndexArn: s.arn(t.spec.Name) + "/index/" + ix.spec.Name, KeySchema: keySchema(ix.spec.Key),
			Projection: projection{ix.spec.Projection, ix.spec.Include},
		}
		if ix.global {
			x.IndexStatus = "ACTIVE"
			d.GlobalSecondaryIndexes = append(d.GlobalSecondaryIndexes, x)
		} else {
			d.LocalSecondaryIndexes = append(d.LocalSecondaryIndexes, x)
		}
	}
	if t.stream != nil {
		d.StreamSpecification = &streamSpecification{true, t.spec.StreamView}
		d.LatestStreamArn, d.LatestStreamLabel = t.stream.arn(), t.stream.label
	}
	return d
}

func keySchema(k Key) []keyElement {
	out := []keyElement{{k.Hash, "HASH"}}
	if k.Range != "" {
		out = append(out, keyElement{k.Range, "RANGE"})
	}
	return out
}

// appendDescription closes an object whose only member is the table's description.
func (s *Service) appendDescription(out []byte, t *table, status string) ([]byte, error) {
	out, err := appendJSON(out, s.describe(t, status))
	return append(out, '}'), err
}
