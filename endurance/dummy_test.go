package endurance

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// dummyFile names the environment variable that makes this program a dummy, and the file in which that writes down what happens to it.
const dummyFile = "PROACTIVE_ENDURANCE_DUMMY"

// lingers is how long a dummy lives on after it was asked to end: long enough to be asked a second time by mistake.
const lingers = 300 * time.Millisecond

// beDummy is a program of a person's that an agent may end. It writes down how often it is asked to.
func beDummy(file string) {
	asked := make(chan os.Signal, 16)
	signal.Notify(asked, syscall.SIGTERM)
	fmt.Println("ready")
	var over <-chan time.Time
	for {
		select {
		case <-asked:
			note(file)
			if over == nil {
				over = time.After(lingers)
			}
		case <-over:
			return
		}
	}
}

func note(file string) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		fmt.Fprintln(f, "asked to end")
		f.Close()
	}
}

// dummy is such a program, seen from outside.
type dummy struct {
	file string
	cmd  *exec.Cmd
	gone chan struct{}
}

// newDummy starts one, which is ready when this returns.
func newDummy(dir, name string) (*dummy, error) {
	program, err := dummyProgram()
	if err != nil {
		return nil, err
	}
	d := &dummy{file: filepath.Join(dir, name), cmd: exec.Command(program), gone: make(chan struct{})}
	d.cmd.Env = []string{dummyFile + "=" + d.file, "GOMAXPROCS=1"}
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := startWithUs(d.cmd, d.gone); err != nil {
		return nil, err
	}
	_, err = bufio.NewReader(out).ReadString('\n')
	return d, err
}

func dummyProgram() (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(program)
}

func (d *dummy) alive() bool {
	select {
	case <-d.gone:
		return false
	default:
		return true
	}
}

// askedToEnd is how often that happened.
func (d *dummy) askedToEnd() int {
	text, _ := os.ReadFile(d.file)
	return strings.Count(string(text), "\n")
}

func (d *dummy) kill() {
	d.cmd.Process.Kill() //nolint:errcheck // it may be gone
	<-d.gone
}
