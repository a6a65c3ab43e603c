package dynamostore

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/automatelanka/automatelanka/internal/execution"
	"github.com/automatelanka/automatelanka/internal/ident"
	"github.com/automatelanka/automatelanka/internal/tenant"
)

// segmentPrefix names the attributes that hold small final segments.
const segmentPrefix = "seg"

// openShard is the partition of the open index in which an execution is listed.
func openShard(id string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return "OPEN#" + strconv.Itoa(int(h.Sum32()%openShards))
}

// encodeControl is a new control item; later changes are updates of single attributes.
func encodeControl(c execution.Control) attrs {
	a := executionKey(c.Tenant, c.ID).attrs()
	for name, s := range map[string]string{
		"st": string(c.Status), "wf": string(c.WorkflowID), "pl": string(c.Plan), "tr": c.Trigger,
		"by": c.TriggeredBy, "wt": c.ResumeToken,
	} {
		if s != "" {
			a[name] = str(s)
		}
	}
	for name, n := range map[string]int64{
		"gn": int64(c.Generation), "vr": int64(c.Version), "nt": int64(c.NodesTotal), "cv": int64(c.Next),
		"ca": millis(c.CreatedAt), "qa": millis(c.QueuedAt), "lo": millis(c.LastOfferedAt), attrDue: millis(c.DueAt),
	} {
		a[name] = num(n)
	}
	if c.Test {
		a["ts"] = yes
	}
	if c.Input != nil {
		a["in"] = bin(c.Input)
	}
	encodeParent(a, c)
	a[attrOpen] = str(openShard(string(c.ID)))
	a["cl"] = &types.AttributeValueMemberM{Value: attrs{}}
	a["rt"] = &types.AttributeValueMemberM{Value: attrs{}}
	return a
}

// decodeControl reads a control item.
func decodeControl(a attrs) execution.Control {
	c := execution.Control{
		Ref: execution.Ref{
			Tenant: ident.Tenant(strings.TrimPrefix(getStr(a, attrPK), "T#")),
			ID:     ident.Execution(strings.TrimPrefix(getStr(a, attrSK), executionPrefix)),
		},
		WorkflowID: ident.Workflow(getStr(a, "wf")), Version: int(getNum(a, "vr")),
		Plan: tenant.PlanName(getStr(a, "pl")), Status: execution.Status(getStr(a, "st")),
		Generation: int(getNum(a, "gn")), Trigger: getStr(a, "tr"), TriggeredBy: getStr(a, "by"),
		MachineRun: getStr(a, "mr"), MachineStart: fromMillis(getNum(a, "ms")), CancelAsked: getBool(a, "cx"),
		Next: int(getNum(a, "cv")), NodesDone: int(getNum(a, "nd")), NodesTotal: int(getNum(a, "nt")),
		CreatedAt: fromMillis(getNum(a, "ca")), QueuedAt: fromMillis(getNum(a, "qa")),
		StartedAt: fromMillis(getNum(a, "sa")), FinishedAt: fromMillis(getNum(a, "fa")), TimedFrom: fromMillis(getNum(a, "tf")),
		WaitUntil: fromMillis(getNum(a, "wu")), DueAt: fromMillis(getNum(a, attrDue)), LastOfferedAt: fromMillis(getNum(a, "lo")),
		CostMicro: getNum(a, "co"), Tokens: getNum(a, "tk"), ResumeToken: getStr(a, "wt"),
		ResumedAt: int(getNum(a, "rg")), Hops: int(getNum(a, "hp")), Test: getBool(a, "ts"), Outcome: getStr(a, "uo"), Input: getBin(a, "in"),
	}
	decodeParent(a, &c)
	decodeOpenWork(a, &c)
	c.Error = decodeFailure(a)
	return c
}

// decodeOpenWork reads the maps of a control item: claims, retries, inline segments.
func decodeOpenWork(a attrs, c *execution.Control) {
	for seq, v := range getMap(a, "cl") {
		if s, ok := v.(*types.AttributeValueMemberS); ok {
			if c.Claims == nil {
				c.Claims = map[int]execution.Claim{}
			}
			c.Claims[atoi(seq)] = unpackClaim(s.Value)
		}
	}
	for seq, v := range getMap(a, "rt") {
		if s, ok := v.(*types.AttributeValueMemberS); ok {
			if c.Retries == nil {
				c.Retries = map[int]execution.Pending{}
			}
			c.Retries[atoi(seq)] = unpackRetry(s.Value)
		}
	}
	for name := range a {
		if seq, ok := strings.CutPrefix(name, segmentPrefix); ok {
			if c.Segments == nil {
				c.Segments = map[int][]byte{}
			}
			c.Segments[atoi(seq)] = getBin(a, name)
		}
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// decodeFailure reads what encodeFailure wrote; nil if there is nothing.
func decodeFailure(a attrs) *execution.Failure {
	s := getStr(a, "er")
	if s == "" {
		return nil
	}
	f := &execution.Failure{}
	_ = json.Unmarshal([]byte(s), f)
	return f
}

func encodeFailure(f *execution.Failure) types.AttributeValue {
	b, _ := json.Marshal(f)
	return str(string(b))
}
