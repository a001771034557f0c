import AudioFiles
import Testing
