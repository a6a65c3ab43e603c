package console

import (
	"io/fs"
	"strings"
	"testing"
)

func TestFilesHoldAPage(t *testing.T) {
	for name, site := range map[string]fs.FS{"what is embedded": Files(), "the placeholder": notBuilt{}} {
		page, err := fs.ReadFile(site, "index.html")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !strings.Contains(string(page), "AutomateLanka") {
			t.Errorf("%s: index.html does not name the product: %s", name, page)
		}
		if _, err := fs.Stat(site, "assets/none.js"); err == nil {
			t.Errorf("%s: a file that is not there was opened", name)
		}
	}
}

func TestPlaceholderSaysHowToBuild(t *testing.T) {
	page, err := fs.ReadFile(notBuilt{}, "index.html")
	if err != nil || !strings.Contains(string(page), "make build") {
		t.Errorf("got %s, %v; want the command that builds it", page, err)
	}
}
