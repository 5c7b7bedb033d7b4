package jeton_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jeton-oauth/jeton"
)

// flood is a server that answers with the worst replies there are.
type flood struct {
	// cancels end the requests whose reply would never end, once it has begun.
	cancels [floodSize]context.CancelFunc
	seen    [floodSize]atomic.Int32
	memory  peak
	// bytes of the replies.
	bytes [][2][]byte
}

// worst are the replies: what is written first, and then on and on until nobody
// reads. The slow ones are ended by the deadline of the request instead.
var worst = sync.OnceValue(func() []worstReply {
	refusal := strings.Replace(rawHead, "200 OK", "400 No", 1) + "\r\n"
	described := refusal + `{"error":"invalid_grant","error_description":"`
	return []worstReply{
		{"gzip bomb", rawHead + "Content-Encoding: gzip\r\n\r\n" + zippedSpaces()[:100<<10], "", jeton.MalformedResponse},
		{"endless body", rawHead + "\r\n", strings.Repeat(" ", 4000), jeton.MalformedResponse},
		{"endless chunks", rawHead + "Transfer-Encoding: chunked\r\n\r\n", strings.Repeat(chunk(" ", ""), 500), jeton.MalformedResponse},
		{"deep nesting", rawHead + "\r\n" + strings.Repeat("[", 60<<10), "", jeton.MalformedResponse},
		{"many members", rawHead + "\r\n" + `{"access_token":5,` + manyMembers(5000) + "}", "", jeton.NoTokenInResponse},
		{"many values", rawHead + "\r\n" + `{"a":[` + strings.Repeat("{},", 20000) + "1]}", "", jeton.NoTokenInResponse},
		{"a description of JWTs", described, strings.Repeat("eyJhbGciOiJub25lIn0.", 100), jeton.InvalidGrant},
		{"a description of escapes", described, strings.Repeat("%2525255c%26amp;%5c%5cu0026amp;+%0d%0a&#37;&#92;&amp;&#x25;", 50), jeton.InvalidGrant},
		{"a page of escapes", refusal, strings.Repeat(`\\\\u0025&amp;amp;%25%5c%26+&#92;u005c`+"\r\n", 50), jeton.Provider4xxOther},
		{"huge header", rawHead, "X: " + strings.Repeat("y", 1000) + "\r\n", jeton.MalformedResponse},
		{"endless 1xx", "", "HTTP/1.1 103 Early Hints\r\nX: " + strings.Repeat("y", 1000) + "\r\n\r\n", jeton.MalformedResponse},
		{"slow head", "HTTP/1.1 200 OK\r\nX", "", jeton.NetworkError},
		{"slow body", rawHead + "Content-Length: 60000\r\n\r\n{", "", jeton.NetworkError},
		{"slow chunk", rawHead + "Transfer-Encoding: chunked\r\n\r\nffff\r\n{", "", jeton.NetworkError},
	}
})

type worstReply struct {
	name, first, on string
	category        jeton.Category
}

// writeAll and writeOn copy nothing: their part of the memory is not asked for.
func writeAll(c net.Conn, texts ...[]byte) {
	for _, text := range texts {
		_, _ = c.Write(text) // the reader may have had enough
	}
}

// writeOn writes until nobody reads.
func writeOn(c net.Conn, text []byte) {
	for {
		if _, err := c.Write(text); err != nil {
			return
		}
	}
}

func (f *flood) talk(conn net.Conn) {
	request := readRequest(conn)
	if request == nil {
		return
	}
	var i int
	if _, err := fmt.Sscanf(request.URL.Query().Get("i"), "%d", &i); err != nil {
		return
	}
	f.seen[i].Add(1)
	writes := f.bytes[i%len(f.bytes)]
	writeAll(conn, writes[0])
	if len(writes[1]) > 0 {
		writeOn(conn, writes[1])
	}
	f.memory.sample()
	if worst()[i%len(f.bytes)].category == jeton.NetworkError {
		f.cancels[i]()
		_, _ = io.Copy(io.Discard, conn) // until the client lets go
	}
}

// peak is the most memory that was seen in use.
type peak struct {
	mu    sync.Mutex
	bytes uint64
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

func (p *peak) sample() {
	now := inUse()
	p.mu.Lock()
	p.bytes = max(p.bytes, now)
	p.mu.Unlock()
}

// R26: 200 of the worst replies at once cost no more than 64 MiB, the server's
// part included, and leave nothing behind: no goroutine, and no memory.
func TestFloodR26(t *testing.T) {
	leaksNothing(t)
	f := new(flood)
	for _, reply := range worst() {
		f.bytes = append(f.bytes, [2][]byte{[]byte(reply.first), []byte(reply.on)})
	}
	runtime.GC()
	start := inUse()
	address := rawServer(t, f.talk)
	client := jeton.NewHTTPClient(jeton.HTTPOptions{})
	engine := &jeton.Engine{HTTP: client}
	var running sync.WaitGroup
	var ready sync.WaitGroup
	ready.Add(1)
	for i := range floodSize {
		ctx, cancel := context.WithCancel(context.Background())
		f.cancels[i] = cancel
		running.Go(func() {
			defer cancel()
			ready.Wait()
			recorder := new(jeton.Recorder)
			c := hostileGrants(t, fmt.Sprintf("http://%s/token?i=%d", address, i))[0].connection
			token, err := engine.Exchange(jeton.WithRecorder(ctx, recorder), c, nil)
			f.memory.sample()
			reply := worst()[i%len(f.bytes)]
			if token != nil || jeton.CategoryOf(err) != reply.category {
				t.Errorf("%s: %v, want %s", reply.name, err, reply.category)
			}
			if text := fmt.Sprint(err) + asJSON(t, recorder.Timeline()); strings.Contains(text, "s3cret") || len(text) > 8<<10 {
				t.Errorf("%s: %.500s", reply.name, text)
			}
		})
	}
	ready.Done()
	running.Wait()
	client.CloseIdleConnections()
	for i := range f.seen {
		if n := f.seen[i].Load(); n != 1 {
			t.Errorf("%s: %d requests for one attempt", worst()[i%len(f.bytes)].name, n)
		}
	}
	runtime.GC()
	end := inUse()
	t.Logf("in use: %d KiB at the start, %d KiB at the most, %d KiB at the end", start>>10, f.memory.bytes>>10, end>>10)
	if grown := int64(f.memory.bytes) - int64(start); grown > 64<<20 {
		t.Errorf("grew by %d MiB", grown>>20)
	}
	if left := int64(end) - int64(start); left > 8<<20 {
		t.Errorf("%d MiB are left in use", left>>20)
	}
}
