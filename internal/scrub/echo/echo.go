// Package echo writes a text as servers echo it: escaped, encoded, folded, one in
// the other. Only tests use it, those of scrub and those of the core.
//
//	for name, form := range echo.Forms {
//		reply := "you sent " + form(clientSecret)
//	}
package echo

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Forms are the forms in which servers echo, by name.
var Forms = map[string]func(string) string{
	"raw":          func(s string) string { return s },
	"form":         url.QueryEscape,
	"path":         url.PathEscape,
	"lower url":    func(s string) string { return strings.ToLower(percentAll(s)) },
	"all url":      percentAll,
	"json":         jsonEcho,
	"ascii json":   func(s string) string { q := strconv.QuoteToASCII(s); return q[1 : len(q)-1] },
	"json escapes": jsonEscapes,
	"go":           func(s string) string { q := strconv.Quote(s); return q[1 : len(q)-1] },
	"c":            func(s string) string { return bytewise(s, `\x%02x`) },
	"html":         html.EscapeString,
	"html decimal": func(s string) string { return runewise(s, "&#%d;") },
	"html hex":     func(s string) string { return runewise(s, "&#x%X;") },
	"base64":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 1":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte("x" + s + "yz")) },
	"base64 2":     func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte("id:" + s)) },
	"base64 3": func(s string) string {
		return base64.URLEncoding.EncodeToString([]byte("\xff\xfe\xfd" + s + "\xff\xff"))
	},
	"base64 4":    func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("????>" + s)) },
	"basic":       func(s string) string { return base64.StdEncoding.EncodeToString([]byte("id:" + url.QueryEscape(s))) },
	"base64 json": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(`{"a":"` + jsonEcho(s) + `"}`)) },
	"base64 twice": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	},
	"folded base64": func(s string) string {
		return folded(base64.StdEncoding.EncodeToString([]byte("a longer text in front of it: " + s)))
	},
	"url of base64": func(s string) string { return url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s))) },
	"hex":           func(s string) string { return hex.EncodeToString([]byte(s)) },
	"upper hex":     func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"hex 1":         func(s string) string { return "0x" + hex.EncodeToString([]byte("a"+s)) },
	"hex 2":         func(s string) string { return "c" + hex.EncodeToString([]byte(s)) + "e" },
	"hex of base64": func(s string) string { return hex.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s)))) },
	"url in json":   func(s string) string { return jsonEcho(url.QueryEscape(s)) },
	"json in url":   func(s string) string { return url.QueryEscape(jsonEcho(s)) },
	"url twice":     func(s string) string { return url.PathEscape(url.PathEscape(s)) },
	"json twice":    func(s string) string { return jsonEcho(jsonEcho(s)) },
	"json in html":  func(s string) string { return html.EscapeString(jsonEcho(s)) },
	"html in json":  func(s string) string { return jsonEcho(html.EscapeString(s)) },
	"url, json, html": func(s string) string {
		return html.EscapeString(jsonEcho(url.PathEscape(s)))
	},
}

func percentAll(s string) string { return bytewise(s, "%%%02X") }

func bytewise(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func runewise(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

func jsonEcho(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted[1 : len(quoted)-1])
}

// jsonEscapes writes every character as \u escapes, with surrogate pairs.
func jsonEscapes(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04x`, unit)
	}
	return b.String()
}

func folded(s string) string {
	var lines []string
	for len(s) > 16 {
		lines, s = append(lines, s[:16]), s[16:]
	}
	return strings.Join(append(lines, s), "\r\n")
}
