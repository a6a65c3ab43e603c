// Package service is the nodes that speak to a service in its own protocol, not
// by HTTP: databases, mail, servers of files and commands, the tenant's file space and
// data tables; and the one that changes images. They run in node-data, and as tools of
// agents in node-ai, which link the drivers; here is what n8n's parameters mean, and
// which statements, commands and messages follow from them.
//
// # Values are never text of a statement
//
// Values of items travel as parameters beside the statement, and names of tables
// and columns are quoted. Only what the author wrote into a query is part of it,
// its {{ }} included, as in n8n.
//
// # What may be repeated
//
// Reading is safe. All else is unsafe, unless the author says that repeating it
// does no harm (options.idempotency = "honoured"). Statements in one transaction
// happen wholly or not at all, so that a failure before the commit did nothing.
package service

import (
	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
	"github.com/automatelanka/automatelanka/internal/value"
	"github.com/automatelanka/automatelanka/internal/workflow"
)

// Types are the node types of the family.
func Types() []node.Type {
	return append(postgresV1(), redis(), postgres(), mySQL(), mySQLV1(), emailSend(), emailSendV1(), emailReadImap(), readWriteFile(), readBinaryFile(), readBinaryFiles(), writeBinaryFile(), editImage(), dataTable(), ftp(), ssh())
}

// Polling are those of the family that poll.
func Polling() []node.Type { return []node.Type{emailReadImap()} }

// What the types need of all that there is.
func usesPostgres(s node.Services) node.Services   { return node.Services{Postgres: s.Postgres} }
func usesMySQL(s node.Services) node.Services      { return node.Services{MySQL: s.MySQL} }
func usesRedis(s node.Services) node.Services      { return node.Services{Redis: s.Redis} }
func usesMail(s node.Services) node.Services       { return node.Services{Mail: s.Mail} }
func usesMailboxes(s node.Services) node.Services  { return node.Services{Mailboxes: s.Mailboxes} }
func usesRemotes(s node.Services) node.Services    { return node.Services{Remotes: s.Remotes} }
func usesFiles(s node.Services) node.Services      { return node.Services{Files: s.Files} }
func usesDataTables(s node.Services) node.Services { return node.Services{DataTables: s.DataTables} }
func usesPictures(s node.Services) node.Services   { return node.Services{Pictures: s.Pictures} }

var main1 = []string{"main"}

// idempotency is the option by which authors say that a repetition does no harm.
var idempotency = node.Param{
	Name: "idempotency", Type: "options", Default: "", Options: options("", "honoured"),
	Description: "\"honoured\" says that running the node again does no harm; then it is repeated without asking",
}

func options(values ...string) []node.Option {
	list := make([]node.Option, len(values))
	for i, v := range values {
		list[i] = node.Option{Value: v, Name: v}
	}
	return list
}

// effectOf is safe for the operations that read, and what the author says for all others.
func effectOf(reads ...string) func(c *node.Call) node.Effect {
	return func(c *node.Call) node.Effect {
		r := c.At(0)
		operation := r.String("operation", "")
		for _, name := range reads {
			if operation == name && r.Err() == nil {
				return node.Safe
			}
		}
		if r.String("options.idempotency", "") == "honoured" {
			return node.Keyed
		}
		return node.Unsafe
	}
}

// spoilt says that a failure is of unknown outcome if something happened before
// it that repeating the node run would repeat.
func spoilt(err error, happened bool) error {
	if err == nil || !happened {
		return err
	}
	return node.WithOutcome(err, fault.Unknown)
}

// fileOf is a file of an item.
func fileOf(it workflow.Item, name string) (workflow.Binary, error) {
	f, ok := it.Binary[name]
	if !ok {
		return f, node.Errorf("This operation expects the node's input data to contain a binary file '%s', but none was found", name)
	}
	return f, nil
}

// row makes an item of a JSON object that belongs to an input item.
func row(item int, json *value.Object) workflow.Item {
	return workflow.Item{JSON: json, Paired: []workflow.Paired{{Item: item}}}
}
