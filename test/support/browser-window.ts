import { eventually } from './product-launch.ts';
import type { Command } from './webdriver.ts';

/** The height of a screen of a width, both in CSS pixels: of a phone held upright, or of a desk. */
export function heightFor(width: number): number {
  return width < 600 ? 844 : 800;
}

/** The window of a browser that is driven by WebDriver, by the size of the page in it. */
export interface BrowserWindow {
  resize(width: number, height: number): Promise<void>;
  /** What the window shows, or what the parameters of `TakeScreenshot` ask for. */
  picture(parameters?: Record<string, unknown>): Promise<Buffer>;
  /** The whole page, for a browser that pictures its window alone: the window is as high as the page meanwhile. */
  wholePicture(): Promise<Buffer>;
}

/** The window in which the commands are carried out. */
export function browserWindow(command: Command): BrowserWindow {
  const size = async (name: 'clientWidth' | 'clientHeight' | 'scrollHeight'): Promise<number> => {
    const found = await command('FindElement', { using: 'css selector', value: 'html' });
    const [id = ''] = Object.values(found as Record<string, string>);
    return Number(await command('GetElementProperty', { id, name }));
  };
  const resize = async (width: number, height: number): Promise<void> => {
    let [outerWidth, outerHeight] = [width, height];
    await eventually(`a page of ${width} by ${height} px`, async () => {
      const isDone = (await size('clientWidth')) === width && (await size('clientHeight')) === height;
      if (isDone) return true;
      await command('SetWindowRect', { width: outerWidth, height: outerHeight });
      await new Promise((resolve) => setTimeout(resolve, 150));
      // the frame of the window, the toolbar and the scroll bar have their share
      outerWidth += width - (await size('clientWidth'));
      outerHeight += height - (await size('clientHeight'));
      return false;
    });
  };
  const picture = async (parameters = {}): Promise<Buffer> =>
    Buffer.from(String(await command('TakeScreenshot', parameters)), 'base64');
  return {
    resize,
    picture,
    async wholePicture() {
      const [width, height] = [await size('clientWidth'), await size('clientHeight')];
      await resize(width, Math.max(height, await size('scrollHeight')));
      const taken = await picture();
      await resize(width, height);
      return taken;
    },
  };
}
