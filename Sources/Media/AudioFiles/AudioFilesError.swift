/// Why a prompt cannot be had or a recording cannot begin. Each case makes a sentence.
package enum AudioFilesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A name that could leave its directory, or that could be taken for something else on its way to it.
    case unsafeName(NameFault)
    case directoryUnavailable(path: String, reason: String)
    case notFound(name: String)
    /// A symbolic link leads out of the prompts' directory.
    case outsideDirectory(name: String)
    case unreadable(name: String, reason: String)
    /// libsndfile does not know the file's format, or the file is damaged.
    case notAudio(name: String, reason: String)
    case tooManyChannels(name: String, count: Int, max: Int)
    case unsupportedRate(name: String, hertz: Int)
    case tooLarge(name: String, lengthInBytes: Int, max: Int)
    case tooLong(name: String, max: Duration)
    /// More prompts wait to be read than the reading thread accepts.
    case tooManyRequests(max: Int)
    case tooManyRecordings(max: Int)
    case diskSpaceLow(freeInBytes: Int64, minimumInBytes: Int64)
    /// The library or the writer has been shut down.
    case shutDown
    case threadUnavailable(reason: String)

    package var description: String {
        switch self {
        case .unsafeName(let fault): fault.description
        case .directoryUnavailable(let path, let reason): "the directory \(path) cannot be used: \(reason)"
        case .notFound(let name): "there is no prompt \"\(name)\""
        case .outsideDirectory(let name): "the prompt \"\(name)\" is a link that leaves the prompts' directory"
        case .unreadable(let name, let reason): "\"\(name)\" cannot be read: \(reason)"
        case .notAudio(let name, let reason): "\"\(name)\" is no audio file that can be read: \(reason)"
        case .tooManyChannels(let name, let count, let max):
            "\"\(name)\" has \(count) channels; at most \(max) are mixed"
        case .unsupportedRate(let name, let hertz): "\"\(name)\" has a rate of \(hertz) Hz, which cannot be converted"
        case .tooLarge(let name, let length, let max): "\"\(name)\" has \(length) bytes; the limit is \(max)"
        case .tooLong(let name, let max): "\"\(name)\" is longer than \(max)"
        case .tooManyRequests(let max): "\(max) prompts wait to be read already"
        case .tooManyRecordings(let max): "\(max) recordings run already"
        case .diskSpaceLow(let free, let minimum):
            "only \(free) bytes are free for recordings; they need \(minimum)"
        case .shutDown: "the room has been shut down"
        case .threadUnavailable(let reason): "no thread could be started: \(reason)"
        }
    }
}

/// What is wrong with the name of a prompt or a recording.
package enum NameFault: Error, Hashable, Sendable, CustomStringConvertible {
    case empty
    case tooLong(lengthInBytes: Int, max: Int)
    case leadingDot
    /// Two dots in a row.
    case parentDirectory
    /// Neither a letter, a digit, nor one of the marks that the name may have.
    case forbiddenCharacter(code: UInt32)

    package var description: String {
        switch self {
        case .empty: "the name is empty"
        case .tooLong(let length, let max): "the name has \(length) bytes; the limit is \(max)"
        case .leadingDot: "the name begins with a dot"
        case .parentDirectory: "the name has two dots in a row"
        case .forbiddenCharacter(let code):
            "the name has the character U+\(String(code, radix: 16, uppercase: true)); "
                + "letters, digits, \"-\", \"_\" and \".\" are allowed"
        }
    }
}
