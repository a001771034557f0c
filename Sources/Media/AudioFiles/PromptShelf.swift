import PCM
import Synchronization

/// The prompts in memory, bounded in bytes: the one that was asked for least recently leaves first.
final class PromptShelf: Sendable {
    private struct Key: Hashable {
        var name: PromptName
        var rate: SampleRate
    }

    private struct Place {
        var prompt: Prompt
        var lastUse: UInt64
    }

    private struct State {
        var places: [Key: Place] = [:]
        var lengthInBytes = 0
        var uses: UInt64 = 0
    }

    private let reader: PromptReader
    private let limits: PromptLimits
    private let state = Mutex(State())

    init(reader: PromptReader, limits: PromptLimits) {
        self.reader = reader
        self.limits = limits
    }

    var lengthInBytes: Int { self.state.withLock { $0.lengthInBytes } }

    func promptInMemory(_ name: PromptName, rate: SampleRate) -> Prompt? {
        let key = Key(name: name, rate: rate)
        return self.state.withLock { state in
            state.uses += 1
            state.places[key]?.lastUse = state.uses
            return state.places[key]?.prompt
        }
    }

    /// Reads outside of the lock: while a slow disk reads one prompt, all others stay at hand.
    func prompt(_ name: PromptName, rate: SampleRate) throws(AudioFilesError) -> Prompt {
        if let prompt = self.promptInMemory(name, rate: rate) { return prompt }
        let prompt = try self.reader.read(name, rate: rate)
        self.keep(prompt)
        return prompt
    }

    private func keep(_ prompt: Prompt) {
        // A prompt that would throw out all others is handed on without being kept.
        if prompt.lengthInBytes > self.limits.cacheLengthInBytesMax { return }
        let key = Key(name: prompt.name, rate: prompt.rate)
        self.state.withLock { state in
            if state.places[key] != nil { return }
            state.uses += 1
            state.places[key] = Place(prompt: prompt, lastUse: state.uses)
            state.lengthInBytes += prompt.lengthInBytes
            while state.lengthInBytes > self.limits.cacheLengthInBytesMax {
                guard let oldest = state.places.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return }
                state.places[oldest.key] = nil
                state.lengthInBytes -= oldest.value.prompt.lengthInBytes
            }
        }
    }
}
