import Addressing
import Logging
import NIOCore
import SIPSyntax
import Synchronization

/// What a connection's loop tells the layer.
enum ConnectionOccurrence: Sendable {
    case received(ReceivedMessage)
    case malformed(MalformedMessage, bytes: [UInt8], path: TransportPath)
    case opened(Connection)
    /// The channel is gone, open or not. `error` is nil when we closed it.
    case closed(ConnectionID, ConnectionOrigin, TransportError?)
}

extension TransportLayer {
    /// Takes an occurrence to the layer's loop. Callable from every loop; those of one connection keep their order.
    nonisolated func post(_ occurrence: ConnectionOccurrence) {
        self.inboxCount.wrappingAdd(1, ordering: .relaxed)
        self.eventLoop.execute {
            self.inboxCount.wrappingSubtract(1, ordering: .relaxed)
            self.assumeIsolated { $0.handle(occurrence) }
        }
    }

    /// Messages come faster than the owner handles them; strangers leave a quarter of the inbox to known peers.
    nonisolated func isInboxFull(for standing: RequestSource.Standing) -> Bool {
        let countMax = self.configuration.inboxCountMax
        let share =
            switch standing {
            case .known: countMax
            case .stranger: max(1, countMax / 4 * 3)
            }
        return self.inboxCount.load(ordering: .relaxed) >= share
    }

    /// How far the owner is behind: a quarter of the inbox is some milliseconds of its work.
    package nonisolated var backlog: RequestSource.Backlog {
        let count = self.inboxCount.load(ordering: .relaxed)
        let countMax = self.configuration.inboxCountMax
        return count < countMax / 4 ? .none : count < countMax / 2 ? .growing : .critical
    }

    /// The owner found out that a peer does what no peer should. True for a stranger's first offence of late.
    package nonisolated func note(_ offence: Offence, from path: TransportPath) -> Bool {
        self.sources.note(offence, from: path.remote.address, over: path.transport)
    }

    private func handle(_ occurrence: ConnectionOccurrence) {
        switch occurrence {
        case .received(let received):
            self.receiver?(.received(received))
        case .malformed(let fault, let bytes, let path):
            self.receiver?(.malformed(fault, bytes: bytes, path: path))
        case .opened(let connection):
            self.didOpen(connection)
        case .closed(let id, let origin, let error):
            self.didClose(id, origin, error)
        }
    }

    private func didOpen(_ connection: Connection) {
        guard !self.isClosed else { return connection.channel.close(promise: nil) }
        let waiting = self.pool.didOpen(connection)
        if case .dialled(_, let profile) = connection.origin { self.noteServer(connection.opened, profile) }
        self.receiver?(.opened(connection.opened))
        for message in waiting { self.write(message, to: connection) }
    }

    private func didClose(_ id: ConnectionID, _ origin: ConnectionOrigin, _ error: TransportError?) {
        if let connection = self.pool.didClose(id) {
            self.receiver?(.closed(connection.opened.path, error))
            return
        }
        switch origin {
        case .dialled(let key, _):
            self.dialFailed(id, key, error ?? .closedByPeer(key.remote))
        case .accepted:
            guard let error else { return }
            self.logger.debug("accepted connection ended early", metadata: ["reason": "\(error.sentence)"])
        }
    }
}
