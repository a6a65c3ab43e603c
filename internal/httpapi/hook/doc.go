// Package hook answers the addresses that start workflows and wake executions:
//
//	ANY /hooks/{tenant}/{path}                        a webhook trigger
//	ANY /hooks/{tenant}/waiting/{execution}/{token}   a waiting execution's resume URL
//	GET, POST /hooks/{tenant}/{path}                  a form trigger's page and its answers
//	GET, POST /hooks/{tenant}/{webhookId}/chat        a public chat's page and its messages
//	GET, POST …/waiting/{execution}/{token}/form      a form's next page, or its end
//	POST /hooks/{tenant}/{path}                       an MCP server trigger
//	GET, POST …/waiting/{execution}/{token}/answer    a link of a message that asks
//	GET …/waiting/{execution}/{token}/chat            a chat's late answer
//
// These addresses need no credential of the platform; who may call a webhook is
// its node's choice (basic, header, JWT, addresses). The tenant in the path only
// says where to look: a call can start nothing but what that tenant registered.
//
// Triggers of named services (Stripe, GitHub, Slack and others; package
// trigger/service) check that the service signed the call, look whether the node
// wants the event, and answer at once. A call that proves nothing is 403 and an
// event that nobody wants is 200; both start nothing.
//
// # Bodies
//
// The declared content type alone decides how a body is read, and each way of
// reading gives a distinct kind of result: JSON, a form, text, XML or a file of
// the bytes that were sent. Nothing in a JSON body can become a file, and no name
// in a form becomes a path: files are kept under property names, in memory.
//
// # Answers
//
// A webhook that answers with a result waits for it, at most 25 s, because the
// gateway ends requests at 30 s; then it answers 202 with the tracking URL, and
// the run goes on.
//
// # Pages
//
// Forms and chats are pages for people (package page); errors are pages there, too.
// A page carries a random name of its submission, which with the answers is the
// run's idempotency key: a double click makes one run, and what was sent is followed
// by a page that can be loaded again. A further page names the wait that it answers
// (the execution's generation), so that answers that are sent again are never taken
// for those to the page after it. Tokens in the addresses of forms and chats are
// derived for that one purpose (package form).
//
// A chat sends {"action": "sendMessage", "sessionId", "chatInput"} and is answered
// with the last node's item, as n8n's chat expects it; an answer that takes longer
// than a request may is 202 with pollUrl. The hosted page is in the sandbox that
// everything of a tenant is in, so it calls from the origin "null"; where the chat
// asks for a password, the page shows a token signed with it instead.
//
// # MCP servers
//
// The tools of an MCP server trigger are served over Streamable HTTP, as far as that
// needs no connection that stands: each message is a POST that is answered with JSON.
// There is nothing that a server would have to say by itself, so that GET (a stream)
// and DELETE (the end of a session) are 405, as the protocol has it; the older
// transport, which is such a stream, is not served: behind the gateway a request ends
// after 30 s.
//
// initialize, ping and tools/list are answered here and start nothing. A call of a
// tool is a run, counted and bounded as any, whose answer is waited for as a webhook's
// is. The session that initialize names is a random text that is kept nowhere: with a
// message's id it is the run's idempotency key, so that a message that is sent again
// makes no second run and gets the answer of the first.
// # Questions
//
// A link of a message that asks (package form, Question) shows a page with a button, and
// only the button answers: previews of messengers and scanners of mail open links, too.
// A link is for one choice of one node run. The first answer counts; what is sent again
// changes nothing, and links that were answered, or whose time is over, or whose run has
// ended, say so.
//
// # Deliveries
//
// Senders repeat deliveries. Where a sender names its deliveries (GitHub, Stripe,
// Shopify and others do), the name is the run's idempotency key, so that one
// delivery makes one run, and the repetition gets the answer of the first.
package hook
