import Addressing
import AudioFiles
import CLinux
import Logging
import Reactor
import SRTP
import Synchronization
import Timekeeping

/// The media threads and what they share: ports, prompts, the recording writer.
///
/// `open` does whatever may block or allocate on the caller's thread and hands the finished session to the thread with
/// the fewest calls, which owns it from then on.
package final class MediaPlane: Sendable {
    private let configuration: MediaPlaneConfiguration
    private let threads: [MediaThread]
    private let ports: PortPool
    private let prompts: PromptLibrary?
    private let recordings: RecordingWriter?
    private let logger: Logger
    let census = MediaCensus()
    private let lastNumber = Atomic<UInt64>(0)
    private let isShutDown = Atomic<Bool>(false)

    /// Starts the threads. Prompts are found in `prompts` when a bot asks for them by name; recordings go to `recordings`.
    package init(
        _ configuration: MediaPlaneConfiguration, prompts: PromptLibrary? = nil, recordings: RecordingWriter? = nil,
        logger: Logger
    ) throws(MediaPlaneError) {
        if let limit = ProcessSettings.raiseDescriptorLimit() {
            logger.info("\(limit) descriptors may be open.")
        }
        do throws(ReactorError) {
            // Found out now, and not by the first caller.
            _ = try MediaSocket(configuration.bindAddress, port: 0)
        } catch {
            guard case .systemCall(_, let code) = error else { throw .threadUnavailable(code: 0) }
            if clinux_too_many_descriptors(code) != 0 { throw .descriptorsExhausted }
            throw .addressUnavailable(configuration.bindAddress, code: code)
        }
        let ports = try PortPool(configuration.ports, rest: configuration.portRest)
        let count = max(1, configuration.threads ?? ProcessSettings.processorCount - 1)
        var threads: [MediaThread] = []
        for index in 0..<count {
            do throws(ReactorError) {
                threads.append(
                    try MediaThread(index: index, configuration: configuration, ports: ports, logger: logger))
            } catch {
                for thread in threads { _ = thread.inbox.postReserved(.shutdown) }
                guard case .systemCall(_, let code) = error else { throw .threadUnavailable(code: 0) }
                throw .threadUnavailable(code: code)
            }
        }
        self.configuration = configuration
        self.threads = threads
        self.ports = ports
        self.prompts = prompts
        self.recordings = recordings
        self.logger = logger
    }

    /// Binds a port pair, begins the recording, and starts a session that waits for `connect` and `attach`.
    package func open(_ request: MediaSessionRequest) throws(MediaPlaneError) -> MediaSessionHandle {
        guard !self.isShutDown.load(ordering: .acquiring) else { throw .shuttingDown }
        guard let thread = self.thread(for: request),
            self.sessionCount < self.configuration.sessionsMax
        else { throw .inboxFull }
        guard DescriptorReserve.admitsMore else { throw .descriptorsExhausted }
        let address = request.bindAddress ?? self.configuration.bindAddress
        let taken = try self.ports.take(at: Reactor.now()) { port throws(MediaPlaneError) in
            try SocketPair.bind(address, port: port)
        }
        let port = taken.port
        let number = SessionNumber(rawValue: self.lastNumber.add(1, ordering: .relaxed).newValue)
        let mailbox = SessionMailbox(number: number, inbox: thread.inbox, srtpEngine: self.srtpEngine)
        var request = request
        // The census forgets a session when its owner is told of its end.
        request.events = { [census, events = request.events, callID = request.callID] event in
            if case .ended = event { census.remove(mailbox, for: callID) }
            events(event)
        }
        let session = MediaSession(
            request, number: number, port: port, sockets: taken.pair, mailbox: mailbox,
            recording: self.recording(for: request), prompts: self.prompts, gauges: thread.gauges,
            logger: self.logger)
        thread.gauges.sessions.add(1, ordering: .relaxed)
        guard thread.inbox.post(.open(Parcel(session))) else {
            thread.gauges.sessions.subtract(1, ordering: .relaxed)
            self.ports.release(port, at: Reactor.now())
            throw self.isShutDown.load(ordering: .acquiring) ? .shuttingDown : .inboxFull
        }
        self.census.add(mailbox, for: request.callID)
        return MediaSessionHandle(localRTPPort: port, mailbox: mailbox)
    }

    /// Whose SRTP the calls use.
    package var srtpEngine: SRTPEngine { self.configuration.srtpEngine }

    /// How many calls there are ports for, those that have theirs included: all pairs but those that rest.
    package var portPairsAwake: Int { self.ports.awakeCount(at: Reactor.now()) }

    package var gauges: MediaGauges {
        var gauges = MediaGauges()
        var pacing = PacingHistogram()
        for thread in self.threads {
            gauges.sessions += thread.gauges.sessionCount
            gauges.bots += thread.gauges.bots.load(ordering: .relaxed)
            gauges.lateTicks += thread.gauges.lateTicks.load(ordering: .relaxed)
            thread.gauges.addPacing(to: &pacing)
        }
        gauges.portPairs = self.ports.takenCount
        gauges.sockets = 2 * gauges.portPairs
        gauges.pacingP50 = pacing.quantile(0.5)
        gauges.pacingP99 = pacing.quantile(0.99)
        return gauges
    }

    /// Ends every session with its `ended` event, then the threads; returns when they are gone. Again: nothing.
    package func shutdown() async {
        guard !self.isShutDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for thread in self.threads { await thread.shutdown() }
    }

    /// The thread with the fewest calls, unless the session is to live beside another.
    private func thread(for request: MediaSessionRequest) -> MediaThread? {
        if let neighbour = request.beside {
            return self.threads.first { $0.inbox === neighbour.mailbox.inbox }
        }
        return self.threads.min(by: { $0.gauges.sessionCount < $1.gauges.sessionCount })
    }

    private var sessionCount: Int {
        self.threads.reduce(0) { $0 + $1.gauges.sessionCount }
    }

    /// A recording that cannot begin is no reason to refuse a call: it is said in the log and in the report.
    private func recording(for request: MediaSessionRequest) -> Result<Recording, AudioFilesError>? {
        guard let wanted = request.recording, let recordings = self.recordings else { return nil }
        let result = Result { () throws(AudioFilesError) in
            try recordings.open(try RecordingName(validating: wanted.name))
        }
        if case .failure(let refusal) = result {
            self.logger.warning("call is not recorded: \(refusal)", metadata: ["call": "\(request.callID)"])
        }
        return result
    }
}
