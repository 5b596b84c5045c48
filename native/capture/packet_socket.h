// What libpcap does not ask of the packet socket below it.
#pragma once

namespace pbfast::capture {

// Takes nothing new from here on. What is in the ring stays.
bool refuse_frames(int fd);
// On a loopback the kernel shows every frame twice, once going out and once coming in. libpcap
// leaves out the former when it reads them; this spares their place in the ring and their count.
bool ignore_outgoing(int fd);

}  // namespace pbfast::capture
