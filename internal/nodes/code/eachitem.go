package code

import (
	"regexp"
	"strings"

	"github.com/automatelanka/automatelanka/internal/fault"
	"github.com/automatelanka/automatelanka/internal/node"
)

// allItemsMethod is what n8n refuses in code that runs once for each item.
var allItemsMethod = regexp.MustCompile(`\$input\.(first|last|all|itemMatching)`)

// checkEachItem refuses code for each item that asks for other items. As in n8n a
// mention counts wherever it stands, unless every line with the method's name is a
// comment.
func checkEachItem(source string) error {
	m := allItemsMethod.FindStringSubmatch(source)
	if m == nil {
		return nil
	}
	for i, line := range strings.Split(source, "\n") {
		line = strings.TrimSpace(line)
		if strings.Contains(line, m[1]) && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "/*") && !strings.HasPrefix(line, "*") {
			return &node.Failure{
				Err: fault.New(fault.Invalid, fault.CodeCode, "Can't use .%s() here [line %d, for item 0]", m[1], i+1), Item: 0, Line: i + 1,
				Detail: "This is only available in 'Run Once for All Items' mode",
			}
		}
	}
	return nil
}
