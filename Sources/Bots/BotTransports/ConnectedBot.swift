import Reactor
import Synchronization

/// A bot that is reached: open descriptors on their way from the connector to a media thread.
///
/// Made into a `BotLink` once. When nobody does (the call ended meanwhile), the last release closes it properly.
package final class ConnectedBot: Sendable {
    /// What the link takes over, and gives back to be closed.
    enum Wire: Sendable {
        case webSocket(ConnectedSocket)
        case stream(ConnectedSocket)
        case process(input: Int32, output: Int32, child: UInt64, outcome: ChildOutcome)
    }

    /// Of a bot that dialled the gateway: the name of its connection, which it was told when it was let in.
    package let connectionName: String?
    private let wire: Mutex<Wire?>
    let closing: Inbox<ConnectorMessage>

    init(_ wire: Wire, connectionName: String? = nil, closing: Inbox<ConnectorMessage>) {
        self.wire = Mutex(wire)
        self.connectionName = connectionName
        self.closing = closing
    }

    deinit {
        guard let wire = self.take() else { return }
        LinkCloser.close(wire, remainder: [], through: self.closing)
    }

    /// The descriptors, once; nil for every later caller.
    func take() -> Wire? {
        self.wire.withLock { wire in
            let taken = wire
            wire = nil
            return taken
        }
    }
}
