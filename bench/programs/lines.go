// Lines with Go: a bufio.Scanner over the connection, and a string a line, which the other programs give too.

package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"
)

// cpuTime is the CPU time of the process, user and system: the collector's counts.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func receiveLines(scanner *bufio.Scanner, count int) {
	characters := 0
	for i := 0; i < count && scanner.Scan(); i++ {
		line := scanner.Text()
		characters += len(line)
	}
	if err := scanner.Err(); err != nil {
		log.Fatal(err)
	}
	if characters != count*59 {
		log.Fatalf("characters: expected %d, got %d", count*59, characters)
	}
}

func main() {
	units, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	client, err := net.Dial("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	warmUp := units / 10
	if _, err := fmt.Fprintf(client, "lines %d\n", warmUp+units); err != nil {
		log.Fatal(err)
	}
	scanner := bufio.NewScanner(client)
	receiveLines(scanner, warmUp)
	wall, cpu := time.Now(), cpuTime()
	receiveLines(scanner, units)
	cpuSeconds, wallSeconds := (cpuTime() - cpu).Seconds(), time.Since(wall).Seconds()
	fmt.Printf("{\"units\":%d,\"cpuSeconds\":%.6f,\"wallSeconds\":%.6f}\n", units, cpuSeconds, wallSeconds)
}
