package samtemplate

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
)

const (
	urlSuffix   = "amazonaws.com"
	implicitAPI = "ServerlessHttpApi"
)

// identity is what the names of a resource are made of.
type identity struct {
	opts Options
	t    *template
	r    *resource
}

func (t *template) identity(r *resource) identity { return identity{opts: t.load.opts, t: t, r: r} }

// name is the physical name: the one that the template gives, or stack and logical id.
func (i identity) name() string {
	if prop := i.t.load.kinds[i.r.typ].nameProperty; prop != "" {
		if given := i.property(prop); given != "" {
			return given
		}
	}
	name := i.t.stackName + "-" + i.r.id
	switch {
	case i.r.typ == "AWS::S3::Bucket":
		return strings.ToLower(name)
	case i.r.typ == "AWS::SQS::Queue" && i.property("FifoQueue") == "true":
		return name + ".fifo"
	}
	return name
}

// property resolves one property early, before the resource itself is read.
func (i identity) property(name string) string {
	key := "property " + i.r.id + "." + name
	for prop, node := range pairs(i.r.props) {
		if prop.Value != name {
			continue
		}
		if i.t.busy[key] {
			i.t.fault(node, "%s of %s depends on itself", name, i.r.id)
			return ""
		}
		i.t.busy[key] = true
		defer delete(i.t.busy, key)
		return text(i.t.resolve(node))
	}
	return ""
}

func (i identity) arn(service, rest string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, i.opts.Region, i.opts.AccountID, rest)
}

// short is a name of n letters and digits that belongs to the resource.
func (i identity) short(n int) string { return shortID(n, i.t.stackName, i.r.id) }

func shortID(n int, parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:n]
}

// uuid is a name in the form of a UUID that belongs to the resource.
func (i identity) uuid() string {
	s := sha256.Sum256([]byte(i.t.stackName + "\x00" + i.r.id))
	return fmt.Sprintf("%x-%x-%x-%x-%x", s[0:4], s[4:6], s[6:8], s[8:10], s[10:16])
}

func stackARN(o Options, name string) string {
	return fmt.Sprintf("arn:aws:cloudformation:%s:%s:stack/%s/%s", o.Region, o.AccountID, name, shortID(20, name))
}

func (i identity) functionARN() string { return i.arn("lambda", "function:"+i.name()) }
func (i identity) machineARN() string  { return i.arn("states", "stateMachine:"+i.name()) }
func (i identity) tableARN() string    { return i.arn("dynamodb", "table/"+i.name()) }
func (i identity) streamARN() string   { return i.tableARN() + "/stream/" + streamLabel }
func (i identity) queueARN() string    { return i.arn("sqs", i.name()) }
func (i identity) bucketARN() string   { return "arn:aws:s3:::" + i.name() }
func (i identity) keyARN() string      { return i.arn("kms", "key/"+i.uuid()) }
func (i identity) secretARN() string {
	return i.arn("secretsmanager", "secret:"+i.name()+"-"+i.short(6))
}
func (i identity) logGroupARN() string { return i.arn("logs", "log-group:"+i.name()+":*") }
func (i identity) roleARN() string     { return "arn:aws:iam::" + i.opts.AccountID + ":role/" + i.name() }
func (i identity) topicARN() string    { return i.arn("sns", i.name()) }
func (i identity) layerARN() string    { return i.arn("lambda", "layer:"+i.name()+":1") }
func (i identity) groupARN() string    { return i.arn("scheduler", "schedule-group/"+i.name()) }
func (i identity) poolID() string      { return i.opts.Region + "_" + i.short(9) }
func (i identity) apiID() string       { return i.short(10) }
func (i identity) queueURL() string {
	return fmt.Sprintf("https://sqs.%s.%s/%s/%s", i.opts.Region, urlSuffix, i.opts.AccountID, i.name())
}

func (i identity) scheduleARN() string {
	group := i.property("GroupName")
	if group == "" {
		group = "default"
	}
	return i.arn("scheduler", "schedule/"+group+"/"+i.name())
}

func (i identity) apiEndpoint() string {
	scheme := "https"
	if i.property("ProtocolType") == "WEBSOCKET" {
		scheme = "wss"
	}
	return fmt.Sprintf("%s://%s.execute-api.%s.%s", scheme, i.apiID(), i.opts.Region, urlSuffix)
}

func (i identity) poolProvider() string {
	return fmt.Sprintf("cognito-idp.%s.%s/%s", i.opts.Region, urlSuffix, i.poolID())
}
