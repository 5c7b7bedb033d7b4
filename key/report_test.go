package key

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jeton-oauth/jeton/secret"
)

// fixAt says which argument of a function that makes errors is the fix.
var fixAt = map[string]int{"fail": 1, "unsupported": 0, "isNot": 1}

// fixOf is the fix of an expression that makes an *Error; ok is false for another expression.
func fixOf(n ast.Node) (fix ast.Expr, ok bool) {
	switch n := n.(type) {
	case *ast.CallExpr:
		if name, _ := n.Fun.(*ast.Ident); name != nil {
			if at, known := fixAt[name.Name]; known {
				return n.Args[at], true
			}
		}
	case *ast.CompositeLit:
		if name, _ := n.Type.(*ast.Ident); name == nil || name.Name != "Error" {
			return nil, false
		}
		for _, e := range n.Elts {
			if pair := e.(*ast.KeyValueExpr); pair.Key.(*ast.Ident).Name == "Fix" {
				return pair.Value, true
			}
		}
		return nil, true
	}
	return nil, false
}

// TestEveryErrorHasAFix looks at the source: most errors need a broken file
// that no other test has.
func TestEveryErrorHasAFix(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	found := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for n := range ast.Preorder(parsed) {
			fix, ok := fixOf(n)
			if !ok {
				continue
			}
			found++
			if literal, _ := fix.(*ast.BasicLit); fix == nil || literal != nil && literal.Value == `""` {
				t.Errorf("%s: nothing says what to do", set.Position(n.Pos()))
			}
		}
	}
	if found < 100 {
		t.Errorf("found %d errors only", found)
	}
}

// TestErrorTexts: the whole sentence, where it was once clumsy.
func TestErrorTexts(t *testing.T) {
	for _, c := range []struct {
		data []byte
		o    Options
		want string
	}{
		{[]byte("x"), Options{HMAC: true}, "the HMAC secret has 1 byte, 16 is the least that is ever allowed; use a longer secret"},
		{[]byte("xy"), Options{HMAC: true}, "the HMAC secret has 2 bytes, 16 is the least that is ever allowed; use a longer secret"},
		{[]byte("hello"), Options{}, "this is a file of an unknown format, not a private key; give a private key in PEM, PKCS#12, JKS, OpenSSH or JWK, or set the encoding of an HMAC secret"},
		{read(t, "two.jks"), pw(storePW), `the file holds 2 keys; there are: "second", "first"; choose one with the alias`},
		{read(t, "two.jks"), Options{Alias: "x"}, `there is no entry "x"; there are: "second", "first"; use one of them as alias`},
		{read(t, "own.jks"), Options{KeyPassword: secret.New(canary)}, `the password of the key "signer" is wrong; check the password of the key`},
		{read(t, "modern.p12"), pw(canary), "the password is wrong: it does not open the PKCS#12 file; " + passwordFix},
	} {
		if _, err := Parse(c.data, c.o); err == nil || err.Error() != c.want {
			t.Errorf("%v\nwant %s", err, c.want)
		}
	}
}

func TestInspectAlias(t *testing.T) {
	for _, c := range []struct {
		file, alias string
		o           Options
		entries     string // the aliases; or the error
		note        string
	}{
		{"two.jks", "SECOND", Options{}, "second", "integrity of the JKS store was not checked"},
		{"two.jks", "trusted", pw(storePW), "trusted", ""},
		{"two.jks", "third", pw(storePW), `there is no entry "third"; there are: "trusted", "second", "first"; use one of them as alias`, ""},
		{"two.pkcs12", "first", pw(storePW), "first", ""},
		{"modern.p12", "other", Options{}, "signer", `no entry "other" is in what can be read`},
		{"modern.p12", "signer", pw(storePW), "signer", ""},
		{"rsa.pem", "other", Options{}, "", "the alias was not used"},
	} {
		t.Run(c.file+"/"+c.alias, func(t *testing.T) {
			c.o.Alias = c.alias
			r, err := Inspect(read(t, c.file), c.o)
			var got, notes []string
			if err != nil {
				got = append(got, err.Error())
			} else {
				notes = r.Notes
				for _, e := range r.Entries {
					got = append(got, e.Alias)
				}
			}
			if !slices.Equal(got, []string{c.entries}) {
				t.Errorf("got %q", got)
			}
			if len(notes) > 0 != (c.note != "") || !strings.Contains(strings.Join(notes, "\n"), c.note) {
				t.Errorf("notes %q", notes)
			}
		})
	}
	modern, err := Inspect(read(t, "modern.p12"), Options{Password: secret.New(storePW), Alias: "signer"})
	if err != nil || len(modern.Entries[0].Certificates) != 3 {
		t.Errorf("%+v: %v", modern, err)
	}
	var typed *Error
	if _, err := Inspect(read(t, "two.jks"), Options{Alias: "third"}); !errors.As(err, &typed) || typed.Culprit != Alias {
		t.Error(err)
	}
}

// TestInspectPasswords: a missing password is something else than a wrong one.
func TestInspectPasswords(t *testing.T) {
	for _, c := range []struct {
		file         string
		o            Options
		needs, wrong bool
		locked       string
	}{
		{"p8-aes-256-cbc.pem", Options{}, true, false, ""},
		{"p8-aes-256-cbc.pem", pw(canary), false, true, ""},
		{"p8-aes-256-cbc.pem", pw(storePW), false, false, ""},
		{"ssh-enc-aes256-ctr", pw(canary), false, true, ""},
		{"legacy-aes128.pem", pw(canary), false, true, ""},
		{"own.jks", pw(storePW), true, false, ""},
		{"own.jks", Options{Password: secret.New(storePW), KeyPassword: secret.New(canary)}, false, true, ""},
		{"two.jks", Options{}, true, false, "the keys of the JKS store"},
		{"modern.p12", Options{}, true, false, "the PKCS#12 file"},
	} {
		r, err := Inspect(read(t, c.file), c.o)
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
		} else if r.NeedsPassword != c.needs || r.WrongPassword != c.wrong || r.Locked != c.locked {
			t.Errorf("%s: needs a password %v, wrong password %v, locked %q", c.file, r.NeedsPassword, r.WrongPassword, r.Locked)
		}
	}
}

func TestSerial(t *testing.T) {
	for n, want := range map[int64]string{0: "00", 1: "01", 0x0a1b: "0a1b", 0xff: "ff"} {
		if got := serial(big.NewInt(n)); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
