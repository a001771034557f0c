import Addressing
import CLinux
import Logging
import NIOCore
import Timekeeping

/// Keeps the filter of the datagram sockets as the bans are.
extension TransportLayer {
    /// A banned source goes on sending. Callable from every loop.
    nonisolated func filterOut(_ address: IPAddress, until end: Instant) {
        self.eventLoop.execute {
            self.assumeIsolated { layer in
                guard !layer.isClosed, layer.filtered.add(address, until: end) else { return }
                layer.applyFilter()
            }
        }
    }

    /// Gives every datagram socket the filter, and looks again when the next ban is over.
    func applyFilter() {
        for socket in self.datagramSockets { self.filter(socket) }
        self.filterTimer?.cancel()
        self.filterTimer = self.filtered.deadline.map { deadline in
            let pause = max(.zero, Instant.now().duration(to: deadline))
            return self.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(pause)) {
                self.assumeIsolated { layer in
                    layer.filtered.expire(at: .now())
                    layer.applyFilter()
                }
            }
        }
    }

    /// Without a filter, should the kernel refuse it, the source is read and not heard, as before.
    func filter(_ socket: DatagramSocket) {
        guard let options = socket.channel as? any SocketOptionProvider else { return }
        let program = self.filtered.program
        guard !program.isEmpty else {
            // Safe: the kernel reads an int, of which any value does.
            let detached = options.unsafeSetSocketOption(
                level: .socket, name: Self.detach, value: CInt(0))
            return self.logRefusal(of: detached)
        }
        let memory = UnsafeMutableBufferPointer<clinux_filter_instruction>.allocate(capacity: program.count)
        _ = unsafe memory.initialize(from: program)
        let filter = clinux_filter(
            count: UInt16(program.count), instructions: UInt(bitPattern: memory.baseAddress))
        // Safe: the value has the layout of sock_fprog (asserted in CLinux); the instructions live until the kernel has
        // copied them.
        let attached = options.unsafeSetSocketOption(level: .socket, name: Self.attach, value: filter)
        let address = filter.instructions
        attached.whenComplete { _ in
            unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
        }
        self.logRefusal(of: attached)
    }

    private func logRefusal(of option: EventLoopFuture<Void>) {
        option.whenFailure { [logger] error in
            logger.debug("UDP filter", metadata: ["error": "\(TransportError.reason(error))"])
        }
    }

    private static var attach: NIOBSDSocket.Option { NIOBSDSocket.Option(rawValue: CInt(CLINUX_FILTER_ATTACH)) }
    private static var detach: NIOBSDSocket.Option { NIOBSDSocket.Option(rawValue: CInt(CLINUX_FILTER_DETACH)) }
}
