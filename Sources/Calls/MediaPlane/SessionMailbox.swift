import AudioFiles
import CallAudio
import Reactor
import SRTP
import Synchronization

/// What reaches a media thread from outside, in one inbox.
enum ThreadMessage: Sendable {
    case open(Parcel<MediaSession>)
    case command(session: SessionNumber, SessionCommand)
    case promptFound(session: SessionNumber, PromptTicket, name: String, Result<Prompt, AudioFilesError>)
    case shutdown
}

/// A session of one media plane.
struct SessionNumber: Hashable, Sendable {
    let rawValue: UInt64
}

/// A command as a media thread takes it: what had to be made for it has been made by the one who gave it.
enum SessionCommand: Sendable {
    case connect(WireParameters, Parcel<SRTPContexts>?)
    case other(MediaCommand)
}

/// Where one session's commands are posted. Every session has its own share of the thread's reserve, so that no other
/// can use it up.
final class SessionMailbox: Sendable {
    let number: SessionNumber
    let inbox: Inbox<ThreadMessage>
    private let srtpEngine: SRTPEngine
    private let pending = Atomic<Int>(0)
    private let isStopPosted = Atomic<Bool>(false)

    /// Commands of one session that may wait; they are taken within 5 ms.
    static let pendingMax = 32
    /// What one session can have in the inbox's reserve at most: commands, a stop, prompts that were found.
    static let reserve = pendingMax + 1 + MediaSession.promptsPendingMax

    init(number: SessionNumber, inbox: Inbox<ThreadMessage>, srtpEngine: SRTPEngine = .libcrypto) {
        self.number = number
        self.inbox = inbox
        self.srtpEngine = srtpEngine
    }

    func post(_ command: MediaCommand) -> Bool {
        switch command {
        case .stop:
            // One stop is enough, and has a place of its own.
            guard !self.isStopPosted.exchange(true, ordering: .acquiringAndReleasing) else { return true }
            return self.inbox.postReserved(.command(session: self.number, .other(command)))
        case .connect(let parameters, let security):
            guard let security else { return self.postCounted(.connect(parameters, nil)) }
            guard let contexts = try? SRTPContexts(security, engine: self.srtpEngine) else { return false }
            return self.postCounted(.connect(parameters, Parcel(contexts)))
        case .attach, .early, .tell, .answered, .play, .sendDTMF, .receiveDTMF, .noteDTMF, .join, .part, .clear:
            return self.postCounted(.other(command))
        }
    }

    /// The thread has taken a command.
    func noteTaken(_ command: SessionCommand) {
        if case .other(.stop) = command { return }
        self.pending.subtract(1, ordering: .relaxed)
    }

    func postPrompt(_ ticket: PromptTicket, name: String, _ prompt: Result<Prompt, AudioFilesError>) {
        // Beyond the end of the session nobody waits for it; while it lives, its share of the reserve has room.
        _ = self.inbox.postReserved(.promptFound(session: self.number, ticket, name: name, prompt))
    }

    private func postCounted(_ command: SessionCommand) -> Bool {
        let waiting = self.pending.add(1, ordering: .relaxed).newValue
        guard waiting <= Self.pendingMax, self.inbox.postReserved(.command(session: self.number, command)) else {
            self.pending.subtract(1, ordering: .relaxed)
            return false
        }
        return true
    }
}
