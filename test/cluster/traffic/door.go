package traffic

import (
	"fmt"
	"net"
	"sync"
	"syscall"
)

// door is a listener that is shut and opened on one address, which stays its
// own meanwhile: while it is shut, connections are refused.
type door struct {
	address *net.TCPAddr
	place   int // socket that is bound and never listens
	lobby   chan net.Conn
	ended   chan struct{}

	mu       sync.Mutex
	listener net.Listener // nil while shut
	guests   map[*guest]struct{}
	turns    int // how often it was shut or opened
	closed   bool
}

// guest is a connection that the door can end.
type guest struct {
	net.Conn
	door *door
}

func (g *guest) Close() error {
	g.door.mu.Lock()
	delete(g.door.guests, g)
	g.door.mu.Unlock()
	return g.Conn.Close()
}

// newDoor takes a free loopback port and opens the door on it.
func newDoor() (*door, error) {
	place, address, err := reserve()
	if err != nil {
		return nil, fmt.Errorf("reserve a loopback port: %w", err)
	}
	d := &door{
		address: address, place: place,
		lobby: make(chan net.Conn), ended: make(chan struct{}), guests: map[*guest]struct{}{},
	}
	if err := d.open(); err != nil {
		_ = d.Close() // it never opened
		return nil, err
	}
	return d, nil
}

// reserve binds a socket to a free loopback port. As long as it is bound, the
// kernel gives that port to nobody else, neither to who asks for a free one nor
// to an outgoing connection, and yet lets a socket listen there that reuses
// addresses, as Go's do.
func reserve() (int, *net.TCPAddr, error) {
	place, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, nil, fmt.Errorf("make a socket: %w", err)
	}
	address, err := bind(place)
	if err != nil {
		_ = syscall.Close(place) // it holds nothing
		return 0, nil, err
	}
	return place, address, nil
}

func bind(place int) (*net.TCPAddr, error) {
	if err := syscall.SetsockoptInt(place, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return nil, fmt.Errorf("share its address: %w", err)
	}
	if err := syscall.Bind(place, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, fmt.Errorf("bind it: %w", err)
	}
	name, err := syscall.Getsockname(place)
	if err != nil {
		return nil, fmt.Errorf("read its address: %w", err)
	}
	v4, ok := name.(*syscall.SockaddrInet4)
	if !ok {
		return nil, fmt.Errorf("read its address: a %T", name)
	}
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: v4.Port}, nil
}

// open listens. It changes nothing when the door is open.
func (d *door) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.listener != nil {
		return nil
	}
	l, err := net.ListenTCP("tcp", d.address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", d.address, err)
	}
	d.listener = l
	d.turns++
	go d.admit(l)
	return nil
}

// admit lets in who knocks, until the listener is closed.
func (d *door) admit(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		g := &guest{Conn: conn, door: d}
		d.mu.Lock()
		in := d.listener == l
		if in {
			d.guests[g] = struct{}{}
		}
		d.mu.Unlock()
		if !in {
			_ = conn.Close() // it came while the door was shut
			continue
		}
		select {
		case d.lobby <- g:
		case <-d.ended:
			return
		}
	}
}

// shut stops listening and ends every connection.
func (d *door) shut() {
	d.mu.Lock()
	listener, guests := d.listener, d.guests
	d.listener, d.guests = nil, map[*guest]struct{}{}
	if listener != nil {
		d.turns++
	}
	d.mu.Unlock()
	if listener != nil {
		_ = listener.Close() // nothing is lost that is not meant to be
	}
	for g := range guests {
		_ = g.Conn.Close() // as above
	}
}

// state tells whether the door is open, and the number of changes until then:
// the same number later means that nothing was cut off in between.
func (d *door) state() (isOpen bool, turns int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.listener != nil, d.turns
}

// Accept returns the next connection. It waits through the times the door is
// shut, so that who serves behind it notices nothing but broken connections.
func (d *door) Accept() (net.Conn, error) {
	select {
	case <-d.ended:
		return nil, net.ErrClosed
	default:
	}
	select {
	case conn := <-d.lobby:
		return conn, nil
	case <-d.ended:
		return nil, net.ErrClosed
	}
}

// Addr is the address, whether the door is open or shut.
func (d *door) Addr() net.Addr { return d.address }

// Close shuts the door for good and gives the port back.
func (d *door) Close() error {
	d.mu.Lock()
	again := d.closed
	d.closed = true
	d.mu.Unlock()
	if again {
		return nil
	}
	close(d.ended)
	d.shut()
	return syscall.Close(d.place)
}
