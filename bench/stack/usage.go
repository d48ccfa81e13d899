package stack

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticks is in how many pieces Linux divides a second of a process's time, on every machine that Go runs on.
const ticks = 100

// CPU is what a process and everything that it has started used so far, whoever of it has ended.
func CPU(pid int) time.Duration {
	used := own(pid)
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			used += CPU(n)
		}
	}
	return used
}

// own is what one process used, with those of its children that have ended. See proc(5), utime to cstime.
func own(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var sum int
	for _, field := range fields[11:15] {
		n, _ := strconv.Atoi(field)
		sum += n
	}
	return time.Duration(sum) * time.Second / ticks
}

// Resident is the memory that a process holds now, in bytes; ResidentAtMost what it held at most.
func Resident(pid int) float64       { return status(pid, "VmRSS:") }
func ResidentAtMost(pid int) float64 { return status(pid, "VmHWM:") }

func status(pid int, field string) float64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == field {
			kilobytes, _ := strconv.ParseFloat(words[1], 64)
			return kilobytes * 1024
		}
	}
	return 0
}
